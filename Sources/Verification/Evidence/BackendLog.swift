// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// What a backend's pod has said lately, as far as it explains anything.
public struct BackendLog: Sendable, Equatable, Codable {
    public let pod: String
    /// The container that said it; nil in what older versions saved.
    public let container: String?
    /// Lines that accuse somebody: escaped, and cut.
    public let lines: [String]
    /// Whether the container that wrote them has ended, so that the last of them say why.
    public let hasEnded: Bool
    /// Why the log could not be read; nil where it was.
    public let problem: String?
    /// Whether the log did not come within the time given: kube-apiserver has it from the kubelet of the pod's node.
    public let isSilent: Bool

    public init(
        pod: String, container: String? = nil, lines: [String], hasEnded: Bool = false, problem: String? = nil,
        isSilent: Bool = false
    ) {
        self.pod = pod
        self.container = container
        self.lines = lines
        self.hasEnded = hasEnded
        self.problem = problem
        self.isSilent = isSilent
    }

    private enum CodingKeys: String, CodingKey { case pod, container, lines, hasEnded, problem, isSilent }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            pod: try members.decode(String.self, forKey: .pod),
            container: try members.decodeIfPresent(String.self, forKey: .container),
            lines: try members.decode([String].self, forKey: .lines),
            hasEnded: try members.decodeIfPresent(Bool.self, forKey: .hasEnded) ?? false,
            problem: try members.decodeIfPresent(String.self, forKey: .problem),
            isSilent: try members.decodeIfPresent(Bool.self, forKey: .isSilent) ?? false)
    }

    private static let longestLine = 600
    /// A node's last word each, on a cluster where many fail.
    private static let mostLines = 300
    private static let mostUnknown = 10

    /// What a long line keeps of its end: the address that was dialled and the node stand behind the certificate's
    /// names, of which there may be fifty.
    private static let longestEnd = 200

    private static func shortened(_ line: String) -> String {
        guard line.utf8.count > longestLine else { return line }
        // A JSON line has to stay one.
        if let start = line.firstIndex(of: "{"), line[..<start].allSatisfy({ !$0.isLetter || "TZ".contains($0) }),
            let fields = try? JSONValue.parse(Array(line[start...].utf8)), fields.object != nil,
            let short = try? KeptFields.logFields.selected(from: fields).mapText(cut).serialized()
        {
            return "\(line[..<start])\(String(decoding: short, as: UTF8.self))"
        }
        return cut(line)
    }

    private static func cut(_ line: String) -> String {
        guard line.count > longestLine else { return line }
        return line.prefix(longestLine - longestEnd) + "…" + line.suffix(longestEnd)
    }

    /// The lines of a whole log that are worth keeping: the last of each cause and node, and the last that nobody knows.
    static func excerpt(_ log: String, hasEnded: Bool) -> [String] {
        var kept: [String] = []
        var seen: Set<String> = []
        var unknown = 0
        // From the end, since what was said last counts.
        for (text, line) in LogLine.paragraphs(log).reversed() where kept.count < mostLines {
            guard line.accuses(hasEnded: hasEnded) else { continue }
            if let meaning = line.meaning {
                let node = meaning.source == .scrape ? line.node ?? "" : ""
                guard seen.insert("\(meaning.code.rawValue) \(node)").inserted else { continue }
            } else {
                // What it gave up with says more than whatever was said around it.
                guard unknown < mostUnknown || (line.isFatal && seen.insert("fatal").inserted) else { continue }
                unknown += 1
            }
            kept.append(shortened(text))
        }
        return kept.reversed()
    }
}
