// SPDX-License-Identifier: Apache-2.0

/// What a backend's pod has said lately, as far as it explains anything.
public struct BackendLog: Sendable, Equatable, Codable {
    public let pod: String
    /// Lines that a signature knows, and the last errors beside them: escaped, and cut.
    public let lines: [String]
    /// Why the log could not be read; nil where it was.
    public let problem: String?

    public init(pod: String, lines: [String], problem: String? = nil) {
        self.pod = pod
        self.lines = lines
        self.problem = problem
    }

    private static let longestLine = 600
    /// A node's last word each, on a cluster where many fail.
    private static let mostLines = 300
    private static let mostUnknown = 10

    /// What a long line keeps of its end: the address that was dialled and the node stand behind the certificate's
    /// names, of which there may be fifty.
    private static let longestEnd = 200

    private static func shortened(_ line: String) -> String {
        guard line.count > longestLine else { return line }
        return line.prefix(longestLine - longestEnd) + "…" + line.suffix(longestEnd)
    }

    /// The lines of a whole log that are worth keeping: the last of each cause and node.
    static func excerpt(_ log: String) -> [String] {
        var kept: [String] = []
        var seen: Set<String> = []
        var unknown = 0
        // From the end, since what was said last counts.
        for line in log.split(whereSeparator: \.isNewline).reversed() where kept.count < mostLines {
            let text = shortened(String(line))
            if let signature = LogSignature.of(text) {
                let node = signature.subject == .scrape ? LogLine(text).node ?? "" : ""
                guard seen.insert("\(signature.code.rawValue) \(node)").inserted else { continue }
            } else {
                guard line.first == "E" || line.first == "F" || line.hasPrefix("panic"), unknown < mostUnknown else {
                    continue
                }
                unknown += 1
            }
            kept.append(text)
        }
        return kept.reversed()
    }
}
