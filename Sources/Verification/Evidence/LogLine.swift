// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

/// One line of a backend's log, as klog writes it (text or JSON), or as a program's last words.
struct LogLine {
    /// How grave the line is to who wrote it.
    enum Level: Sendable {
        case information, warning, error
        /// A line without a level: a panic, `Error: …`, or anything that is not klog's.
        case none
    }

    /// What a line says, where a signature knows it.
    struct Meaning: Sendable {
        let code: FailureCode
        let source: Signature.Source
    }

    let level: Level
    /// When it was written; nil where the line does not say.
    let time: Date?
    /// Whether the line is what ended the program: a panic, or the error that it gave up with.
    let isFatal: Bool
    private let text: String
    private let fields: JSONValue

    init(_ line: String) {
        var text = Substring(line)
        var time: Date?
        // The kubelet's own time, where it was asked for: 2026-12-01T00:38:11.429351123Z and a blank.
        if let (stamp, rest) = Self.stamp(text) {
            time = try? Date(stamp, strategy: .iso8601)
            text = rest
        }
        self.time = time
        self.text = String(text)
        fields = text.first == "{" ? (try? JSONValue.parse(Array(text.utf8))) ?? .null : .null
        if fields.object != nil {
            let name = (fields["level"].string ?? fields["severity"].string ?? "").lowercased()
            level = Self.level(name, fields)
            isFatal = ["fatal", "panic", "dpanic"].contains(name) || fields["msg"].string == Self.givenUp
        } else if let head = Self.head(text) {
            switch head {
            case "I": level = .information
            case "W": level = .warning
            default: level = .error
            }
            isFatal = head == "F" || text.contains("] \"\(Self.givenUp)\"")
        } else {
            level = .none
            isFatal = Self.lastWords.contains { text.hasPrefix($0) }
        }
    }

    /// The letter before klog's date; nil where a line does not begin as klog's do. Thousands of lines are looked at, and
    /// a regular expression would be compiled for each.
    private static func head(_ text: Substring) -> Character? {
        guard let letter = text.first, "IWEF".contains(letter) else { return nil }
        let digits = text.dropFirst().prefix { $0.isASCII && $0.isNumber }
        return !digits.isEmpty && text[digits.endIndex...].first == " " ? letter : nil
    }

    /// A time to the second, and what stands behind the whole of it; nil where a line does not begin with one.
    private static func stamp(_ text: Substring) -> (time: String, rest: Substring)? {
        let form = "0000-00-00T00:00:00"
        let start = text.prefix(form.utf8.count)
        guard
            start.utf8.elementsEqual(
                form.utf8, by: { $1 == UInt8(ascii: "0") ? (0x30...0x39).contains($0) : $0 == $1 })
        else { return nil }
        let rest = text[start.endIndex...].drop { $0 == "." || ($0.isASCII && $0.isNumber) }
        return rest.hasPrefix("Z ") ? ("\(start)Z", rest.dropFirst(2)) : nil
    }

    /// How a program begins its last words: Go's runtime, cobra, and flag sets.
    private static let lastWords = ["panic:", "fatal error:", "fatal:", "Error:", "error:"]
    /// k8s.io/component-base, cli/run.go.
    private static let givenUp = "command failed"

    private static func level(_ name: String, _ fields: JSONValue) -> Level {
        switch name {
        case "error", "fatal", "panic", "dpanic": .error
        case "warn", "warning": .warning
        // klog's JSON (k8s.io/component-base, logs/json) gives information its verbosity, and an error none.
        case "" where fields["v"] == .null && fields["level"] == .null:
            fields["err"] != .null || (fields["ts"] != .null && fields["msg"] != .null) ? .error : .information
        default: .information
        }
    }

    /// What a reader wants to see of the end of a program: what it gave up with, else what it said last.
    static func lastWord(_ lines: [String]) -> LogLine? {
        let lines = lines.map(LogLine.init)
        return lines.first { $0.isFatal } ?? lines.last
    }

    /// The lines of a whole log that stand for themselves, in their order: without stack traces, usage texts, and the
    /// further lines of what was said as information, as bodies of answers at `-v=10`.
    static func paragraphs(_ log: String) -> [(text: String, line: LogLine)] {
        enum Place { case inside, trace, usage, afterInformation }
        var place = Place.inside
        var found: [(text: String, line: LogLine)] = []
        // The last of a log may be a program's last words, whatever it said before.
        var further: [(text: String, line: LogLine)] = []
        for part in log.split(whereSeparator: \.isNewline) {
            let line = LogLine(String(part))
            if line.level != .none || line.isFatal {
                further = []
                place = line.level == .information ? .afterInformation : .inside
                found.append((String(part), line))
            } else if line.text.hasPrefix("goroutine ") || line.text.hasPrefix("[signal ") {
                place = .trace
            } else if line.text.hasPrefix("Usage") {
                place = .usage
            } else if place == .inside, line.isOutermost {
                found.append((String(part), line))
            } else if place == .afterInformation, line.isOutermost {
                further.append((String(part), line))
            }
        }
        return found + further
    }

    /// Whether the line may accuse anybody: information never does, and a line without a level only as the last words of
    /// a container that ended.
    func accuses(hasEnded: Bool) -> Bool {
        switch level {
        case .information: false
        case .warning, .error: true
        case .none: hasEnded && isOutermost
        }
    }

    /// What is set in belongs to the line before it.
    private var isOutermost: Bool { text.first.map { !$0.isWhitespace } ?? false }

    /// The first signature of the sources that a log may show.
    var meaning: Meaning? {
        for source in [Signature.Source.scrape, .authentication, .process] {
            if let code = Catalogue.cause(of: text, in: source) { return Meaning(code: code, source: source) }
        }
        return nil
    }

    /// The node that a scrape failed for, in each of metrics-server's wordings; nil where the line names none.
    var node: String? {
        if let node = fields["node"].string ?? fields["node"]["name"].string { return node }
        for start in ["node=\"", "source kubelet_summary:", "metrics from node ", "metrics from Kubelet "] {
            guard let range = text.firstRange(of: start) else { continue }
            let name = text[range.upperBound...].prefix { $0 != "\"" && $0 != ":" && $0 != " " && $0 != "," }
            if !name.isEmpty { return String(name) }
        }
        return nil
    }

    /// The key identifier of the CA that signed a client certificate which was not taken (k8s.io/apiserver,
    /// authentication/request/x509: `verifying certificate SN=…, SKID=…, AKID=… failed`); nil where there is none.
    var authority: String? {
        text.firstMatch(of: /AKID=([0-9A-Fa-f:]{5,})/).map { $0.output.1.uppercased() }
    }

    /// What was attempted and how it failed, without klog's head; the error alone, where the program gave up with it.
    var words: String {
        let error = error
        guard let attempt, attempt != Self.givenUp, attempt != error else { return error }
        return "\(attempt): \(error)"
    }

    /// klog's message, where an error stands beside it.
    private var attempt: String? {
        if fields.object != nil { return fields["err"] == .null ? nil : fields["msg"].string }
        guard level != .none else { return nil }
        return text.firstMatch(of: /\] "([^"]+)" err="/).map { String($0.output.1) }
    }

    /// The error without klog's head: what a reader wants to see.
    var error: String {
        if fields.object != nil {
            return fields["err"].string ?? fields["error"].string ?? fields["msg"].string ?? text
        }
        guard level != .none else { return text }
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
