// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

extension AggregationFlags {
    /// The forms that flags are printed in.
    public enum Format: String, CaseIterable, Sendable {
        /// One argument a line, quoted for a shell where it must be.
        case args
        /// Continuation lines of a systemd unit's ExecStart.
        case systemd
        /// A document for other programs.
        case json
    }

    /// The flags in that form, ending in a line end.
    ///
    /// - Throws: only what the JSON encoder might.
    public func rendered(as format: Format) throws -> String {
        switch format {
        case .args: flags.map { ShellWord.quoted($0.argument) + "\n" }.joined()
        case .systemd: flags.map { "  " + Self.systemdWord($0.argument) }.joined(separator: " \\\n") + "\n"
        case .json: try json()
        }
    }

    /// A word of ExecStart (systemd.service, "Command lines"): `%` starts a specifier, `$` a variable, and quotes and
    /// backslashes have meanings of their own.
    static func systemdWord(_ word: String) -> String {
        let escaped = word.replacing("%", with: "%%").replacing("$", with: "$$")
        guard escaped.contains(where: { $0 == " " || $0 == "\"" || $0 == "'" || $0 == "\\" || $0 == ";" }) else {
            return escaped
        }
        return "\"" + escaped.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private struct Document: Encodable {
        let apiVersion = "kbootstrap/v1"
        let kind = "APIServerFlags"
        let flags: [AggregationFlag]
    }

    private func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(flags: flags)), as: UTF8.self) + "\n"
    }
}
