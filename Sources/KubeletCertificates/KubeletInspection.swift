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
        /// At which port.
        public let port: Int
        public let answer: KubeletAnswer
        public let verdict: KubeletVerdict

        /// The certificate that it serves with.
        public var leaf: Certificate? { if case .served(let chain, _) = answer { chain.first } else { nil } }

        /// What /metrics/resource answers to nobody in particular: 401 or 403 where kubelet asks who calls.
        public var anonymousStatus: Int? { if case .served(_, let status) = answer { status } else { nil } }

        /// Whether it tells anybody its metrics, and may do more for anybody.
        public var isOpen: Bool { (200..<300).contains(anonymousStatus ?? 0) }

        /// The Node's addresses that the certificate is not for. Where metrics-server dials another this is no fault, but
        /// others may dial them: kube-apiserver does, for logs and exec.
        public var unnamed: [String] {
            guard let leaf else { return [] }
            var seen = Set<String>()
            return node.addresses.map(\.value).filter { !leaf.names($0) && seen.insert($0).inserted }
        }
    }

    /// Of the Nodes that were asked, by name.
    public let rows: [Row]
    /// Kubelet-serving signing requests that nobody has approved or denied, by the user who made them; asked for only
    /// where a kubelet waits for one.
    public let pendingRequests: [String: String]
    /// Whether it is known what metrics-server trusts.
    public let judgesAuthority: Bool
    /// How many Nodes were left out, because time was up or nobody answered.
    public let unasked: Int

    /// How an inspection is bounded.
    public struct Bounds: Sendable {
        /// For each kubelet.
        let each: Duration
        /// When no further kubelet is asked; nil to ask them all.
        let whole: Duration?
        /// Certificates with fewer days left are told as expiring.
        let warnWithinDays: Int

        /// - Parameter whole: no further kubelet is asked then, nor after as many as are asked at the same time gave no
        ///   answer; nil to ask them all.
        public init(each: Duration, whole: Duration? = nil, warnWithinDays: Int = 0) {
            (self.each, self.whole, self.warnWithinDays) = (each, whole, warnWithinDays)
        }
    }

    /// How many kubelets are asked at the same time.
    private static let width = 64

    /// Asks the kubelets of Nodes.
    ///
    /// - Parameters:
    ///   - scraping: how metrics-server will dial them.
    ///   - authorities: what metrics-server trusts; nil where that is not known, and so not judged.
    public static func of(
        _ nodes: [KubeletNode], _ client: APIClient, as scraping: KubeletScraping = .usual,
        authorities: [Certificate]?, _ bounds: Bounds
    ) async -> KubeletInspection {
        let end = bounds.whole.map { ContinuousClock.now + $0 }
        let rows = await withTaskGroup(of: Row.self) { group in
            var rows: [Row] = []
            var waiting = spread(nodes).makeIterator()
            var asked = 0
            var isAnswered = false
            func ask() {
                while asked - rows.count < width {
                    if let end, ContinuousClock.now > end || (asked >= width && !isAnswered) { return }
                    guard let node = waiting.next() else { return }
                    asked += 1
                    group.addTask { await Self.ask(node, scraping, authorities, bounds) }
                }
            }
            ask()
            for await row in group {
                rows.append(row)
                if !row.verdict.isUnseen { isAnswered = true }
                ask()
            }
            return rows
        }
        let waits = rows.contains { $0.verdict == .noCertificate }
        return KubeletInspection(
            rows: rows.sorted { $0.node.name < $1.node.name }, pendingRequests: waits ? await pending(client) : [:],
            judgesAuthority: authorities != nil, unasked: nodes.count - rows.count)
    }

    /// In an order whose beginning is from everywhere: where time ends it, every group of Nodes was looked at.
    static func spread(_ nodes: [KubeletNode]) -> [KubeletNode] {
        let step = nodes.count / width + 1
        return (0..<step).flatMap { start in stride(from: start, to: nodes.count, by: step).map { nodes[$0] } }
    }

    /// The CA that the cluster gives to every pod; nil where nobody publishes it, or it may not be read.
    public static func publishedAuthorities(_ client: APIClient) async -> [Certificate]? {
        let root = ObjectReference(.configMaps, namespace: "kube-system", name: "kube-root-ca.crt")
        guard let published = try? await client.get(root)["data"]["ca.crt"].string else { return nil }
        return try? Certificate.read(pem: Array(published.utf8))
    }

    private static func ask(
        _ node: KubeletNode, _ scraping: KubeletScraping, _ authorities: [Certificate]?, _ bounds: Bounds
    ) async -> Row {
        let port = scraping.port ?? node.port
        guard let address = node.dialled(scraping.addressTypes) else {
            let reason = "the Node has no \(scraping.addressTypes.joined(separator: ", "))"
            return Row(
                node: node, address: nil, port: port, answer: .unreachable(reason), verdict: .notVisible(reason))
        }
        // A name is for pods to resolve; from here the same kubelet answers at its Node's address.
        let host = KubeletNode.isIP(address) ? address : node.dialled(["InternalIP", "ExternalIP"]) ?? address
        let answer = await KubeletHandshake.ask(host: host, port: port, timeout: bounds.each)
        return Row(
            node: node, address: address, port: port, answer: answer,
            verdict: KubeletVerdict(
                answer, address: address, authorities: authorities, warnWithinDays: bounds.warnWithinDays))
    }

    /// What may not be read is taken for none: it is only a hint.
    private static func pending(_ client: APIClient) async -> [String: String] {
        let open = try? await client.list(
            .certificateSigningRequests, fieldSelector: ServingApproval.selector, fromCache: true
        ) { ($0["status"]["conditions"].array ?? []).isEmpty ? $0 : nil }
        return Dictionary(
            (open?.items ?? []).map { ($0["spec"]["username"].string ?? "", $0["metadata"]["name"].string ?? "") },
            uniquingKeysWith: { _, last in last })
    }
}
