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
    private let text: String
    private let fields: JSONValue

    init(_ line: String) {
        var text = Substring(line)
        var time: Date?
        // The kubelet's own time, where it was asked for: 2026-12-01T00:38:11.429351123Z and a blank.
        if let match = text.prefixMatch(of: #/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z /#) {
            time = try? Date("\(match.output.1)Z", strategy: .iso8601)
            text = text[match.range.upperBound...]
        }
        self.time = time
        self.text = String(text)
        fields = text.first == "{" ? (try? JSONValue.parse(Array(text.utf8))) ?? .null : .null
        level = Self.level(text, fields)
    }

    private static func level(_ text: Substring, _ fields: JSONValue) -> Level {
        if fields.object != nil {
            return fields["err"] != .null || ["error", "ERROR"].contains(fields["level"].string ?? "")
                ? .error : .information
        }
        guard let head = text.prefixMatch(of: #/([IWEF])\d+ /#) else {
            return .none
        }
        return switch head.output.1 {
        case "I": .information
        case "W": .warning
        default: .error
        }
    }

    /// Whether the line may accuse anybody: information never does, and a line without a level only as the last words of
    /// a container that ended.
    func accuses(hasEnded: Bool) -> Bool {
        switch level {
        case .information: false
        case .warning, .error: true
        case .none: hasEnded && isLastWord
        }
    }

    /// Whether the line is what ended the program: a panic, or the error that it gave up with.
    var isFatal: Bool { ["panic:", "Error:", "error:", "fatal", "F"].contains { text.hasPrefix($0) } }

    /// A stack trace, a usage text and blank lines say nothing.
    private var isLastWord: Bool {
        !text.isEmpty && text.first?.isWhitespace == false && !text.hasPrefix("goroutine ")
            && !text.hasPrefix("Usage:") && !text.hasSuffix("flags:") && !text.hasPrefix("main.")
            && !text.hasPrefix("created by ")
    }

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

    /// The error without klog's head: what a reader wants to see.
    var error: String {
        if let error = fields["err"].string { return error }
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
