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
        /// What has become of its request for a certificate; unknown where nothing depends on it.
        public internal(set) var request = KubeletRequestState.unknown

        /// Whether it cannot be verified and need not be: no kubelet of a host stands behind a virtual Node.
        public var isAside: Bool { node.virtualMark != nil && !verdict.isVerified }

        /// Whether metrics-server would get nothing from it, as far as that is seen from here.
        public var isFailing: Bool { !verdict.isVerified && !isAside }

        /// Whether its request says what will become of it.
        fileprivate var dependsOnRequest: Bool {
            if case .expiresSoon = verdict { return true }
            return isFailing && !verdict.isUnseen
        }

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
        return KubeletInspection(
            rows: await withRequests(rows.sorted { $0.node.name < $1.node.name }, client),
            judgesAuthority: authorities != nil, unasked: nodes.count - rows.count)
    }

    private static func withRequests(_ rows: [Row], _ client: APIClient) async -> [Row] {
        guard rows.contains(where: \.dependsOnRequest), let requests = await KubeletCertificateRequests.read(client)
        else { return rows }
        return rows.map { row in
            var row = row
            if row.dependsOnRequest { row.request = requests.state(of: row.node.name) }
            return row
        }
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
        let name = KubeletNode.isIP(address) ? nil : address
        let host = name == nil ? address : node.dialled(["InternalIP", "ExternalIP"]) ?? address
        let answer = await KubeletHandshake.ask(host: host, port: port, serverName: name, timeout: bounds.each)
        return Row(
            node: node, address: address, port: port, answer: answer,
            verdict: KubeletVerdict(
                answer, address: address, authorities: authorities, warnWithinDays: bounds.warnWithinDays))
    }
}
