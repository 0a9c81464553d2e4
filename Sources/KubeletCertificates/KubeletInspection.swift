// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
public import PKI

/// What every kubelet of a cluster serves with, seen from here.
public struct KubeletInspection: Sendable {
    /// One Node's kubelet.
    public struct Row: Sendable {
        public let node: KubeletNode
        /// What metrics-server dials; nil where the Node has no such address.
        public let address: String?
        public let answer: KubeletAnswer
        public let verdict: KubeletVerdict

        /// The certificate that it serves with.
        public var leaf: Certificate? { if case .served(let chain, _) = answer { chain.first } else { nil } }

        /// What /metrics/resource answers to nobody in particular: 401 or 403 where kubelet asks who calls.
        public var anonymousStatus: Int? { if case .served(_, let status) = answer { status } else { nil } }
    }

    public let rows: [Row]
    /// Kubelet-serving signing requests that nobody has approved or denied, by the user who made them.
    public let pendingRequests: [String: String]

    /// How many kubelets are asked at the same time.
    private static let width = 64

    /// Asks the kubelets.
    ///
    /// - Parameters:
    ///   - names: of the Nodes; all when empty.
    ///   - timeout: for each kubelet.
    /// - Throws: `APIError` where Nodes cannot be listed.
    public static func of(
        _ client: APIClient, names: [String] = [], authorities: [Certificate], timeout: Duration, warnWithinDays: Int
    ) async throws -> KubeletInspection {
        let nodes = try await client.list(.nodes).items.map(KubeletNode.init)
            .filter { names.isEmpty || names.contains($0.name) }
        let rows = await withTaskGroup(of: Row.self) { group in
            var rows: [Row] = []
            var waiting = nodes.makeIterator()
            func askNext() {
                guard let node = waiting.next() else { return }
                group.addTask { await ask(node, authorities, timeout, warnWithinDays) }
            }
            for _ in 0..<width { askNext() }
            for await row in group {
                rows.append(row)
                askNext()
            }
            return rows
        }
        return KubeletInspection(
            rows: rows.sorted { $0.node.name < $1.node.name }, pendingRequests: await pending(client))
    }

    private static func ask(
        _ node: KubeletNode, _ authorities: [Certificate], _ timeout: Duration, _ warnWithinDays: Int
    ) async -> Row {
        guard let address = node.dialled() else {
            let reason = "the Node has no \(KubeletNode.preferredTypes.joined(separator: ", "))"
            return Row(
                node: node, address: nil, answer: .unreachable(reason), verdict: .notVisible(reason))
        }
        let answer = await KubeletHandshake.ask(host: address, port: node.port, timeout: timeout)
        return Row(
            node: node, address: address, answer: answer,
            verdict: KubeletVerdict(
                answer, address: address, authorities: authorities, warnWithinDays: warnWithinDays))
    }

    /// What may not be read is taken for none: it is only a hint.
    private static func pending(_ client: APIClient) async -> [String: String] {
        let requests = (try? await client.list(.certificateSigningRequests))?.items ?? []
        let open = requests.filter {
            $0["spec"]["signerName"].string == "kubernetes.io/kubelet-serving"
                && ($0["status"]["conditions"].array ?? []).isEmpty
        }
        return Dictionary(
            open.map { ($0["spec"]["username"].string ?? "", $0["metadata"]["name"].string ?? "") },
            uniquingKeysWith: { _, last in last })
    }
}
