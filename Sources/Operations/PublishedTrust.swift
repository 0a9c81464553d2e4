// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
public import PKI

/// What kube-apiservers publish of their requestheader CA: every aggregated server trusts what stands there.
///
/// Each kube-apiserver adds its own CA file to ConfigMap kube-system/extension-apiserver-authentication and never takes
/// anything out but what has expired (k8s.io/kubernetes, cluster_authentication_trust_controller): a new CA appears by
/// itself, an old one stays until it is pruned.
public struct PublishedTrust: Sendable {
    private let client: APIClient

    public init(client: APIClient) { self.client = client }

    private static let reference = ObjectReference(
        .configMaps, namespace: "kube-system", name: "extension-apiserver-authentication")
    private static let key = "requestheader-client-ca-file"

    /// Waits until the CA is published.
    ///
    /// - Parameter waiting: told that it is not there yet, with the time so far.
    /// - Throws: `RotationError` after `timeout`.
    public func wait(
        for ca: Certificate, timeout: Duration, waiting: @Sendable (Duration) -> Void
    ) async throws {
        let start = ContinuousClock.now
        while true {
            let object = try await client.get(Self.reference)
            if Self.certificates(object).contains(where: { $0.fingerprint == ca.fingerprint }) { return }
            let elapsed = ContinuousClock.now - start
            guard elapsed < timeout else {
                throw RotationError(
                    description: "\(ca.subject) is not published in ConfigMap \(Self.reference.name) after \(timeout): "
                        + "kube-apiserver has not read the CA file again",
                    hint: "ps -o args= -C kube-apiserver   # is --requestheader-client-ca-file this folder's CA file?")
            }
            waiting(elapsed)
            try await client.waitForChange(of: [object], within: min(timeout - elapsed, .seconds(5)))
        }
    }

    /// Takes out every CA but these, and sees that no kube-apiserver puts one back.
    ///
    /// - Returns: the subjects of the CAs that were taken out.
    /// - Throws: `RotationError` where a kube-apiserver still puts them back after `timeout`.
    public func prune(
        keeping kept: [Certificate], timeout: Duration, waiting: @Sendable (Duration) -> Void
    ) async throws -> [String] {
        let start = ContinuousClock.now
        var pruned: [String] = []
        while true {
            let object = try await client.get(Self.reference)
            let published = Self.certificates(object)
            let stale = published.filter { certificate in
                !kept.contains { $0.fingerprint == certificate.fingerprint }
            }
            let elapsed = ContinuousClock.now - start
            guard !stale.isEmpty else {
                // A kube-apiserver with the old file writes it back as soon as it sees the change.
                try await client.waitForChange(of: [object], within: Self.settling)
                let later = Self.certificates(try await client.get(Self.reference))
                if later.count == published.count { return pruned }
                continue
            }
            guard elapsed < timeout else {
                throw RotationError(
                    description: "\(stale[0].subject) comes back into ConfigMap \(Self.reference.name): "
                        + "a kube-apiserver still has it in its CA file",
                    hint: "copy the CA file to every control plane, wait a minute, and run this again")
            }
            waiting(elapsed)
            for certificate in stale where !pruned.contains(certificate.subject) { pruned.append(certificate.subject) }
            let left = published.filter { certificate in !stale.contains { $0.fingerprint == certificate.fingerprint } }
            try await replace(left, in: object)
            try await Task.sleep(for: Self.settling)
        }
    }

    /// How long a kube-apiserver may take to answer a change of the ConfigMap with its own.
    private static let settling: Duration = .seconds(3)

    private func replace(_ certificates: [Certificate], in object: JSONValue) async throws {
        let text = certificates.map(\.pem).joined()
        do throws(APIError) {
            _ = try await client.patch(
                Self.reference,
                [
                    "metadata": ["resourceVersion": object["metadata"]["resourceVersion"]],
                    "data": [Self.key: .string(text)],
                ], type: .merge)
        } catch {
            // Somebody else has changed it meanwhile: look again.
            guard error.statusCode == 409 else { throw error }
        }
    }

    private static func certificates(_ object: JSONValue) -> [Certificate] {
        (try? Certificate.read(pem: Array((object["data"][key].string ?? "").utf8))) ?? []
    }
}

/// A step of a rotation that the cluster does not follow.
public struct RotationError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    public let hint: String?
}
