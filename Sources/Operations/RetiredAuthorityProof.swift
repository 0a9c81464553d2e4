// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
internal import Verification

/// Shows that the servers behind an APIService refuse a certificate: that of a CA that is to be trusted no more.
public struct RetiredAuthorityProof: Sendable {
    private let client: APIClient

    public init(client: APIClient) { self.client = client }

    /// What was found, by the addresses of the backends.
    public struct Outcome: Sendable, Equatable {
        public let refused: [String]
        public let unreachable: [String]
    }

    /// Asks each backend until it refuses the certificate: it learns of the change by itself, within seconds.
    ///
    /// - Parameters:
    ///   - certificate: as PEM, with `key`.
    ///   - waiting: told which backend still accepts it, with the time so far.
    /// - Throws: `RotationError` where one still accepts it after `timeout`; `APIError` where the APIService cannot be
    ///   read.
    public func run(
        apiService: String, certificate: [UInt8], key: String, timeout: Duration,
        waiting: @Sendable (String, Duration) -> Void
    ) async throws -> Outcome {
        let backends = try await Backends.of(apiService, client: client)
        let start = ContinuousClock.now
        var refused: [String] = []
        var unreachable: [String] = []
        for backend in backends.backends {
            while true {
                let answer = await backends.ask(backend, identity: .pem(certificate: certificate, key: key))
                try Task.checkCancellation()
                if case .unreachable = answer {
                    unreachable.append(backend.description)
                    break
                }
                // 401 of Kubernetes' authenticators: a certificate was shown, and nobody trusts it.
                if answer.code == 401 {
                    refused.append(backend.description)
                    break
                }
                let elapsed = ContinuousClock.now - start
                guard elapsed < timeout else {
                    throw RotationError(
                        description:
                            "the backend \(backend) of \(apiService) still accepts a certificate of the old CA",
                        hint: "kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml")
                }
                waiting(backend.description, elapsed)
                try await client.waitForRound()
            }
        }
        return Outcome(refused: refused, unreachable: unreachable)
    }
}
