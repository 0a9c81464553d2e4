// SPDX-License-Identifier: Apache-2.0

/// What an inspection means for a metrics-server that is about to be installed.
public struct KubeletForecast: Sendable {
    private let inspection: KubeletInspection
    /// Seen, and sure to be refused by a metrics-server that verifies.
    private let failing: [KubeletInspection.Row]
    private let unseen: [KubeletInspection.Row]

    /// How many Nodes a line names.
    private static let named = 3

    public init(_ inspection: KubeletInspection) {
        self.inspection = inspection
        failing = inspection.rows.filter { !$0.verdict.isVerified && !$0.verdict.isUnseen }
        unseen = inspection.rows.filter(\.verdict.isUnseen)
    }

    /// Why nothing should be installed; nil where nothing that was seen speaks against it. What cannot be seen from
    /// here never does.
    public var refusal: UnscrapableKubelets? {
        failing.isEmpty ? nil : UnscrapableKubelets(description: Self.start + " \(count): \(names)", hint: hint)
    }

    private static let start = "nothing was written, because metrics-server would not scrape"

    /// What was not looked at, in a line each.
    public var notes: [String] {
        var notes: [String] = []
        let looked = inspection.rows.count
        if !unseen.isEmpty {
            let reasons = Self.listed(unseen) { "\($0.node.name.onOneLine) (\($0.unseenReason.onOneLine))" }
            notes.append(
                "\(unseen.count) of \(looked) kubelets cannot be seen from here, which may be fine: \(reasons)")
        }
        if inspection.unasked > 0 {
            let all = looked + inspection.unasked
            notes.append("\(looked) of \(all) kubelets were looked at; kbootstrap kubelet-certs inspect looks at all")
        }
        if !inspection.judgesAuthority, looked > unseen.count {
            notes.append("who signed kubelets' certificates was not judged: what metrics-server trusts cannot be read")
        }
        return notes
    }

    /// For a metrics-server that verifies nothing: which kubelets that concerns.
    public var unverified: String {
        let start = Self.unverifiedNotice
        let seen = inspection.rows.count - unseen.count
        if !failing.isEmpty { return "\(start); they would be refused on \(count): \(names)" }
        return seen == 0 ? start : "\(start), though all \(seen) that were looked at could be"
    }

    /// What is said where nothing is known of kubelets.
    public static let unverifiedNotice = "kubelets' certificates will not be verified (--kubelet-insecure-tls)"

    private var count: String {
        inspection.rows.count == 1 ? "the only kubelet" : "\(failing.count) of \(inspection.rows.count) kubelets"
    }

    private var names: String { Self.listed(failing) { "\($0.node.name.onOneLine) (\($0.words.onOneLine))" } }

    private static func listed(
        _ rows: [KubeletInspection.Row], _ text: (KubeletInspection.Row) -> String
    ) -> String {
        let more = rows.count > named ? ", and \(rows.count - named) more" : ""
        return rows.prefix(named).map(text).joined(separator: ", ") + more
    }

    // MARK: What mends it

    private var hint: String {
        let override = "--skip-kubelet-inspection installs all the same"
        let steps = KubeletAdvice.mending(inspection)
        if let (command, reason) = steps.first?.groundwork { return "\(command)   # \(reason); \(override)" }
        let only = steps.count == 1 ? steps.first : nil
        if case .trustAuthority(let issuer) = only {
            return "kbootstrap install-metrics --kubelet-ca FILE   # with the CA \(issuer.onOneLine); \(override)"
        }
        if case .preferAddressType(let type) = only {
            let reorder = "kbootstrap install-metrics --extra-arg --kubelet-preferred-address-types=\(type)"
            // An address can be dialled from a pod; whether a name can be resolved there is not seen from here.
            if type.hasSuffix("IP") { return "\(reorder)   # \(override)" }
            return "\(issue(failing))   # or, where pods resolve that name, \(reorder); \(override)"
        }
        let waiting = failing.filter { $0.verdict == .noCertificate }
        let wrong = failing.filter { $0.verdict != .noCertificate && $0.verdict != .notTLS }
        var commands: [String] = []
        if !waiting.isEmpty { commands.append(approve(waiting)) }
        if !wrong.isEmpty { commands.append(issue(wrong)) }
        if commands.isEmpty { return "kbootstrap kubelet-certs inspect\(arguments(failing))   # \(override)" }
        return "\(commands.joined(separator: "; "))   # NETWORK: of the Nodes' addresses; \(override)"
    }

    private func approve(_ rows: [KubeletInspection.Row]) -> String {
        let requests = rows.compactMap { inspection.pendingRequests["system:node:\($0.node.name)"] }.sorted()
        let isShort = requests.count == rows.count && requests.count <= Self.named
        return "kbootstrap kubelet-certs approve \((isShort ? requests : []).map { "\($0) " }.joined())"
            + "--allow-cidr NETWORK"
    }

    private func issue(_ rows: [KubeletInspection.Row]) -> String {
        let nodes = rows.count <= Self.named ? arguments(rows) : " --all"
        return "kbootstrap kubelet-certs issue\(nodes) --allow-cidr NETWORK --dir kubelets --ca-cert FILE --ca-key FILE"
    }

    private func arguments(_ rows: [KubeletInspection.Row]) -> String {
        rows.count <= Self.named ? rows.map { " \($0.node.name)" }.joined() : ""
    }
}

/// Kubelets that metrics-server would not be able to scrape.
public struct UnscrapableKubelets: Error, Sendable, CustomStringConvertible {
    public let description: String
    public let hint: String?
}

extension KubeletVerdict {
    var isUnseen: Bool { if case .notVisible = self { true } else { false } }
}

extension KubeletInspection.Row {
    fileprivate var unseenReason: String { if case .notVisible(let reason) = verdict { reason } else { "" } }
}
