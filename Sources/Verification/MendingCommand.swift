// SPDX-License-Identifier: Apache-2.0

extension Finding {
    /// Whether the hint is a command that mends, or leads on to one, as it stands. Others look something up, want a
    /// word put in, or are an advice.
    public var hintMends: Bool {
        let command = hint.firstRange(of: "   # ").map { hint[..<$0.lowerBound] } ?? hint[...]
        let words = command.split(separator: " ").map(String.init)
        guard words.count > 1, !words.contains(where: Self.isPlaceholder) else { return false }
        switch words[0] {
        case "kbootstrap": return !["verify", "explain", "top"].contains(words[1])
        case "systemctl": return ["restart", "start"].contains(words[1])
        case "kubectl": return Self.changing.contains(words[1] == "-n" && words.count > 3 ? words[3] : words[1])
        default: return false
        }
    }

    private static let changing: Set = [
        "apply", "certificate", "create", "delete", "label", "patch", "rollout", "scale", "taint", "uncordon",
    ]

    /// Such as NETWORK, POD-IP or `nodes/NODE/proxy`.
    private static func isPlaceholder(_ word: String) -> Bool {
        word.split { "/=:".contains($0) }.contains { part in
            part.count > 2 && part.allSatisfy { $0.isASCII && ($0.isUppercase || $0 == "-") }
                && part.contains(where: \.isUppercase)
        }
    }
}
