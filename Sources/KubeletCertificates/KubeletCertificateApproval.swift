// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
internal import PKI

/// Reads, judges and approves kubelets' requests; it never denies one.
public struct KubeletCertificateApproval: Sendable {
    let client: APIClient
    let connection: ClusterConnection
    let limits: KubeletCertificateNameLimits

    public init(client: APIClient, connection: ClusterConnection, limits: KubeletCertificateNameLimits) {
        self.client = client
        self.connection = connection
        self.limits = limits
    }

    static let selector = "spec.signerName=\(KubeletCertificateRequest.signer)"

    /// Judges what is pending, by name; beside it stands the request that a kubelet waits for where it was denied or
    /// failed, or is approved and not signed.
    ///
    /// - Parameter names: judge these, whatever their state.
    /// - Throws: `APIError`, also where one of `names` is not there.
    public func verdicts(on names: [String] = []) async throws(APIError) -> [KubeletCertificateRequestVerdict] {
        var requests: [KubeletCertificateRequest] = []
        if names.isEmpty {
            let all = try await client.list(
                .certificateSigningRequests, fieldSelector: Self.selector
            ) { KubeletCertificateRequest($0).object }.items.map(KubeletCertificateRequest.init)
            let newest = KubeletCertificateRequests(all)
            requests = all.filter { $0.state == .pending || newest.isStuck($0) }
        } else {
            for name in names { requests.append(try await read(name)) }
        }
        guard !requests.isEmpty else { return [] }
        let judge = try await judge()
        return requests.sorted { $0.name < $1.name }.map(judge.judge)
    }

    /// Judges the same requests again: while somebody made up his mind, a Node or Service may have changed.
    public func judgedAgain(
        _ verdicts: [KubeletCertificateRequestVerdict]
    ) async throws(APIError) -> [KubeletCertificateRequestVerdict] {
        let judge = try await judge()
        return verdicts.map { judge.judge($0.request) }
    }

    func judge() async throws(APIError) -> KubeletCertificateRequestJudge {
        try await KubeletCertificateRequestJudge.of(client, connection, limits: limits)
    }

    /// How often a request may change under our hands.
    private static let attempts = 3

    /// Approves a request in the version that was judged. One that changed since is read and judged again, with the
    /// Nodes as they are then.
    ///
    /// - Returns: what was approved, or what spoke against the changed request.
    public func approve(_ verdict: KubeletCertificateRequestVerdict) async throws(APIError)
        -> KubeletCertificateRequestVerdict
    {
        var verdict = verdict
        for attempt in 1...Self.attempts {
            guard verdict.isApprovable else { return verdict }
            do throws(APIError) {
                if let written = try await write(verdict) { return written }
            } catch {
                guard error.statusCode == 409, attempt < Self.attempts else { throw error }
            }
            verdict = try await judge().judge(try await read(verdict.request.name))
        }
        return verdict
    }

    /// - Returns: nil where the request is not in the version any more that was judged.
    private func write(_ verdict: KubeletCertificateRequestVerdict) async throws(APIError)
        -> KubeletCertificateRequestVerdict?
    {
        // Of many requests only what is judged was kept; what is written back is all of this one.
        let object = try await client.get(ObjectReference(.certificateSigningRequests, name: verdict.request.name))
        guard KubeletCertificateRequest(object).version == verdict.request.version else { return nil }
        let names = verdict.names.map(\.description).joined(separator: ", ")
        let message = "Node \(verdict.node ?? "") may serve as \(names): kbootstrap kubelet-certs approve"
        let written = try await client.replace(
            KubeletCertificateRequest.approved(object, because: message), subresource: "approval")
        return KubeletCertificateRequestVerdict(
            request: KubeletCertificateRequest(written), node: verdict.node, names: verdict.names, reasons: [])
    }

    private func read(_ name: String) async throws(APIError) -> KubeletCertificateRequest {
        KubeletCertificateRequest(try await client.get(ObjectReference(.certificateSigningRequests, name: name)))
    }
}
