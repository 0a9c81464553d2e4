// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import KubernetesClient

/// The newest request of each kubelet for its serving certificate.
///
/// A kubelet waits for the last one that it has made: after 15 minutes, a denial or a restart it makes another with
/// another key (client-go, util/certificate), and whatever becomes of the former is of no use to it.
public struct KubeletCertificateRequests: Sendable {
    private static let userPrefix = "system:node:"

    /// By the user who made it.
    private let newest: [String: KubeletCertificateRequest]
    private let now: Date

    init(_ requests: [KubeletCertificateRequest], now: Date = Date()) {
        newest = Dictionary(
            requests.filter { $0.signer == KubeletCertificateRequest.signer && $0.username.hasPrefix(Self.userPrefix) }
                .map {
                    ($0.username, $0)
                },
            uniquingKeysWith: { Self.isLater($1, than: $0) ? $1 : $0 })
        self.now = now
    }

    /// - Parameter objects: CertificateSigningRequests; those for other signers are passed over.
    public init(objects: [JSONValue], now: Date = Date()) {
        self.init(objects.map(KubeletCertificateRequest.init), now: now)
    }

    /// - Returns: nil where they may not be listed.
    public static func read(_ client: APIClient) async -> KubeletCertificateRequests? {
        (try? await objects(client)).map { KubeletCertificateRequests(objects: $0) }
    }

    /// The requests for kubelets' serving certificates, of each what is looked at.
    public static func objects(_ client: APIClient) async throws(APIError) -> [JSONValue] {
        try await client.list(
            .certificateSigningRequests, fieldSelector: KubeletCertificateApproval.selector, fromCache: true,
            ignoring: ResourceType.bulk, keeping: { KubeletCertificateRequest($0).object }
        ).items
    }

    /// What has become of the request that a Node's kubelet waits for.
    public func state(of node: String) -> KubeletRequestState {
        newest[Self.userPrefix + node].map { KubeletRequestState($0, now: now) } ?? .neverMade
    }

    /// Whether it is the one that its kubelet waits for, and nobody's to approve: it was approved and not signed, denied
    /// or failed.
    func isStuck(_ request: KubeletCertificateRequest) -> Bool {
        guard newest[request.username]?.name == request.name else { return false }
        switch request.state {
        case .pending, .issued: return false
        case .approved, .denied, .failed: return true
        }
    }

    /// Times are whole seconds: of two in the same, the one that is not decided is the later one.
    private static func isLater(_ one: KubeletCertificateRequest, than other: KubeletCertificateRequest) -> Bool {
        guard one.made == other.made else { return one.made > other.made }
        let (isPending, otherIsPending) = (one.state == .pending, other.state == .pending)
        return isPending == otherIsPending ? one.name > other.name : isPending
    }
}
