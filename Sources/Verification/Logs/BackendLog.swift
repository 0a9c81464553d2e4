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

    /// The lines of a whole log that are worth keeping: the last of each cause and node.
    static func excerpt(_ log: String) -> [String] {
        var kept: [String] = []
        var seen: Set<String> = []
        var unknown = 0
        // From the end, since what was said last counts.
        for line in log.split(whereSeparator: \.isNewline).reversed() where kept.count < mostLines {
            let text = line.count > longestLine ? line.prefix(longestLine) + "…" : String(line)
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

/// One line of a backend's log.
struct LogLine {
    private let text: String

    init(_ text: String) { self.text = text }

    /// The node that a scrape failed for, in each of metrics-server's wordings; nil where the line names none.
    var node: String? {
        for start in ["node=\"", "source kubelet_summary:", "metrics from node ", "metrics from Kubelet "] {
            guard let range = text.firstRange(of: start) else { continue }
            let name = text[range.upperBound...].prefix { $0 != "\"" && $0 != ":" && $0 != " " && $0 != "," }
            if !name.isEmpty { return String(name) }
        }
        return nil
    }

    /// The error without klog's head: what a reader wants to see.
    var error: String {
        guard let range = text.firstRange(of: "err=\"") else {
            return text.firstRange(of: "] ").map { String(text[$0.upperBound...]) } ?? text
        }
        var error = ""
        var isEscaped = false
        for character in text[range.upperBound...] {
            if isEscaped {
                error.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                break
            } else {
                error.append(character)
            }
        }
        return error
    }
}
