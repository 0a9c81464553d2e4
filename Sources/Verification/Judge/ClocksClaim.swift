// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// Whether the clocks agree: what one machine calls fresh or valid, another calls old or not yet valid.
enum ClocksClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        let clocks = Clocks(evidence)
        if let lead = clocks.lead, abs(lead) > Clocks.tolerance {
            return .warning(
                Finding(
                    .clocksDiffer,
                    "this machine's clock is \(Self.words(Int(abs(lead)))) \(lead > 0 ? "ahead of" : "behind") "
                        + "kube-apiserver's; ages are counted by kube-apiserver's",
                    hint: .look("timedatectl", "here and on the control-plane host: is the clock synchronised?")))
        }
        for (nodes, way) in [(clocks.behind, "behind"), (clocks.ahead, "ahead of")] {
            guard let (_, seconds) = nodes.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { continue }
            let names = nodes.keys.sorted()
            return .warning(
                Finding(
                    .clocksDiffer, about: names.count == 1 ? .node(names[0]) : .cluster,
                    "the metrics of \(names.shortened) are dated \(Self.words(seconds)) \(way) kube-apiserver's clock, "
                        + "and are renewed",
                    hint: .look("timedatectl", "on Node \(names[0].inOneLine): is the clock synchronised?")))
        }
        guard clocks.lead != nil || evidence[.reading].object != nil else {
            return .notChecked("kube-apiserver does not tell its time")
        }
        return .passed("")
    }

    /// Seconds while a reader can still divide them.
    private static func words(_ seconds: Int) -> String {
        switch seconds {
        case ..<600: "\(seconds) s"
        case ..<172_800: "\(seconds / 60) min"
        default: "\(seconds / 86400) days"
        }
    }
}
