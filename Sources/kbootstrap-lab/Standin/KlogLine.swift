// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SystemPackage

/// Writes log lines as klog does, for what is simulated.
///
///     E1123 10:20:30.123456       1 PodRuntime.swift] "The container ended" pod="kube-system/a" status="exited(2)"
struct KlogLine: Sendable {
    enum Severity: String {
        case info = "I"
        case warning = "W"
        case error = "E"
    }

    /// A value beside its key: klog quotes text and leaves numbers and booleans bare.
    enum Field: Sendable {
        case text(String)
        case bare(String)

        var written: String {
            switch self {
            case .text(let text): text.quotedAsInGo
            case .bare(let text): text
            }
        }
    }

    /// The `-v` level: lines of a higher level are not written.
    var verbosity = 0
    let write: @Sendable (String) -> Void

    init(verbosity: Int = 0, to file: FileDescriptor = .standardError) {
        self.verbosity = verbosity
        // One call a line: lines of several servers never mix. A log that cannot be written has nowhere to say so.
        write = { line in _ = try? file.writeAll(Array(line.utf8)) }
    }

    init(verbosity: Int = 0, write: @escaping @Sendable (String) -> Void) {
        self.verbosity = verbosity
        self.write = write
    }

    /// A structured line: `"message" key=value …`.
    func structured(
        _ severity: Severity, _ message: String, at source: String, level: Int = 0,
        _ fields: KeyValuePairs<String, Field> = [:]
    ) {
        let pairs = fields.map { " \($0.key)=\($0.value.written)" }.joined()
        plain(severity, message.quotedAsInGo + pairs, at: source, level: level)
    }

    func plain(_ severity: Severity, _ message: String, at source: String, level: Int = 0) {
        guard level <= verbosity else { return }
        write("\(severity.rawValue)\(UTCTime(Date()).klogStamp)       1 \(source)] \(message)\n")
    }
}

extension String {
    /// As Go's `%q` writes it: quotes, backslashes and control characters escaped.
    var quotedAsInGo: String {
        var quoted = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
