// SPDX-License-Identifier: Apache-2.0

import Core
import KubernetesClient
import Verification

/// Many clusters for a terminal: a line each, then what to do about those that fail.
struct FleetText {
    private let members: [FleetMember]
    private let colors: Bool

    init(_ members: [FleetMember], colors: Bool) {
        self.members = members
        self.colors = colors
    }

    func rendered() -> String {
        var table = Table(header: ["CONTEXT", "VERDICT", "CAUSE", "TIME"])
        var explained: [String] = []
        var healthy = 0
        for member in members {
            let name = member.context.singleLine
            switch member.outcome {
            case .verified(_, nil, let elapsed):
                healthy += 1
                table.rows.append([member.context, "healthy", "-", elapsed.short])
            case .verified(_, let root?, let elapsed):
                table.rows.append([member.context, "unhealthy", root.code.rawValue, elapsed.short])
                explained += lines("\(name): \(root.code) \(root.summary)", root.hint.label, root.hint.text)
            case .notAsked(let reason, let hint):
                table.rows.append([member.context, "not asked", "-", "-"])
                explained += lines("\(name): \(reason)", "hint", hint)
            }
        }
        let all = healthy == members.count
        let summary = Terminal.styled(
            all ? .green : .red, "\(healthy) of \(members.count) clusters healthy", when: colors)
        let details = explained.isEmpty ? "" : explained.joined(separator: "\n") + "\n\n"
        return table.rendered() + "\n" + details + summary + "\n"
    }

    private func lines(_ text: String, _ label: String, _ hint: String?) -> [String] {
        [text] + (hint.map { ["  \(Terminal.styled(.cyan, "\(label):", when: colors)) \($0)"] } ?? [])
    }
}
