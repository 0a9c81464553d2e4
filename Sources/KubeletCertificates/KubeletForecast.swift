// SPDX-License-Identifier: Apache-2.0

internal import Core

/// What an inspection means for a metrics-server that is about to be installed.
public struct KubeletForecast: Sendable {
    private let inspection: KubeletInspection
    /// Seen, and sure to be refused by a metrics-server that verifies.
    private let failing: [KubeletInspection.Row]
    private let unseen: [KubeletInspection.Row]
    /// They get their certificates within seconds, which is sooner than metrics-server asks them.
    private let underway: [KubeletInspection.Row]
    /// Virtual Nodes, which are not judged.
    private let aside: [KubeletInspection.Row]

    /// How many Nodes a line names.
    private static let named = 3

    public init(_ inspection: KubeletInspection) {
        self.inspection = inspection
        let seen = inspection.rows.filter { $0.isFailing && !$0.verdict.isUnseen }
        failing = seen.filter { !$0.request.isUnderway }
        underway = seen.filter(\.request.isUnderway)
        unseen = inspection.rows.filter { $0.isFailing && $0.verdict.isUnseen }
        aside = inspection.rows.filter(\.isAside)
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
            let reasons = Self.listed(unseen) { "\($0.node.name.shortLine) (\($0.unseenReason.shortLine))" }
            notes.append(
                "\(unseen.count) of \(looked) kubelets cannot be seen from here, which may be fine: \(reasons)")
        }
        if !underway.isEmpty {
            let requests = Self.listed(underway) { "\($0.node.name.shortLine) (\($0.request.words))" }
            notes.append("\(underway.count) of \(looked) kubelets get their certificates now: \(requests)")
        }
        if !aside.isEmpty {
            let marks = Self.listed(aside) { "\($0.node.name.shortLine) (\($0.node.virtualMark ?? ""))" }
            notes.append("\(aside.count) of \(looked) Nodes are virtual, and not judged: \(marks)")
        }
        if inspection.unasked > 0 {
            let all = looked + inspection.unasked
            notes.append("\(looked) of \(all) kubelets were looked at; kbootstrap kubelet-certs inspect looks at all")
        }
        if !inspection.judgesAuthority, looked > unseen.count + aside.count {
            notes.append("who signed kubelets' certificates was not judged: what metrics-server trusts cannot be read")
        }
        return notes
    }

    /// For a metrics-server that verifies nothing: which kubelets that concerns.
    public var unverified: String {
        let start = Self.unverifiedNotice
        let seen = inspection.rows.count - unseen.count - aside.count
        if !failing.isEmpty { return "\(start); they would be refused on \(count): \(names)" }
        return seen == 0 ? start : "\(start), though all \(seen) that were looked at could be"
    }

    /// What is said where nothing is known of kubelets.
    public static let unverifiedNotice = "kubelets' certificates will not be verified (--kubelet-insecure-tls)"

    private var count: String {
        inspection.rows.count == 1 ? "the only kubelet" : "\(failing.count) of \(inspection.rows.count) kubelets"
    }

    private var names: String { Self.listed(failing) { "\($0.node.name.shortLine) (\($0.words.shortLine))" } }

    private static func listed(
        _ rows: [KubeletInspection.Row], _ text: (KubeletInspection.Row) -> String
    ) -> String {
        let more = rows.count > named ? ", and \(rows.count - named) more" : ""
        return rows.prefix(named).map(text).joined(separator: ", ") + more
    }

    // MARK: What to do about it

    /// The commands that `kubelet-certs inspect` says.
    private var hint: String {
        let hints = KubeletAdvice.repairs(inspection).map(\.hint)
        var remarks: [String] = []
        for hint in hints where !remarks.contains(hint.remark) { remarks.append(hint.remark) }
        return hints.map(\.typed).joined(separator: "; ") + "   # "
            + (remarks + ["--skip-kubelet-inspection installs all the same"]).joined(separator: "; ")
    }
}

/// Kubelets that metrics-server would not be able to scrape.
public struct UnscrapableKubelets: Error, Sendable, CustomStringConvertible {
    public let description: String
    public let hint: String?
}

extension KubeletInspection.Row {
    fileprivate var unseenReason: String { if case .notVisible(let reason) = verdict { reason } else { "" } }
}
