// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Verification

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Explains a code and its fix; without a code, lists all of them.",
        discussion: """
            The codes are those of `verify` and, from KB701, of `apiserver-flags lint`, from KB751, of `certs status`. Needs no cluster.

            Example:
              kbootstrap explain KB217
            """)

    @Argument(help: ArgumentHelp("A code, such as KB217.", valueName: "code"))
    var code: ExplainedCode?

    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let entries = code.map { [$0] } ?? ExplainedCode.all
        switch report.output {
        case .json: messages.terminal.result(try Self.json(entries))
        case .text where code != nil: messages.terminal.result(entries.map(Self.page).joined(separator: "\n"))
        case .text:
            messages.terminal.result(
                Table(
                    header: ["CODE", "SEVERITY", "WHERE", "CAUSE"],
                    rows: entries.map { [$0.code, $0.severity, $0.place, $0.cause] }
                ).rendered())
        }
    }

    private static func page(_ entry: ExplainedCode) -> String {
        let patience: String? = entry.patience.map {
            $0 == .zero
                ? "verify does not wait for it: time does not fix it"
                : "verify waits up to \($0.short) for it to pass by itself"
        }
        return """
            \(entry.code) (\(entry.severity), \(entry.place))

            \(entry.cause)


            """ + lines(["\(entry.fixKind):": entry.fix])
                + "\n" + lines(["wait:": patience ?? "", "seen:": entry.signature, "see:": entry.reference])
    }

    private static func lines(_ parts: KeyValuePairs<String, String>) -> String {
        parts.filter { !$0.value.isEmpty }.map { name, text in
            name + String(repeating: " ", count: 7 - name.count) + text + "\n"
        }.joined()
    }

    private static func json(_ entries: [ExplainedCode]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(entries: entries)), as: UTF8.self)
    }

    private struct Document: Encodable {
        let apiVersion = "kbootstrap/v1"
        let kind = "FailureCatalogue"
        let entries: [ExplainedCode]
    }
}
