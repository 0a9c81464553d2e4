// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import Verification

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What a code of `verify` means, and what mends it; without a code, all of them.",
        discussion: """
            Needs no cluster.

            Example:
              kbootstrap explain KB217
            """)

    @Argument(help: ArgumentHelp("A code, such as KB217.", valueName: "code"))
    var code: FailureCode?

    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let entries = code.map { [Catalogue.entry($0)] } ?? Catalogue.entries
        switch report.output {
        case .json: messages.terminal.result(try Catalogue.json(entries))
        case .text where code != nil: messages.terminal.result(entries.map(Self.page).joined(separator: "\n"))
        case .text:
            messages.terminal.result(
                Table(
                    header: ["CODE", "SEVERITY", "WHERE", "CAUSE"],
                    rows: entries.map { [$0.code.rawValue, $0.severity.rawValue, $0.code.place, $0.cause] }
                ).rendered())
        }
    }

    private static func page(_ entry: CatalogueEntry) -> String {
        let patience =
            entry.patience == .zero
            ? "verify does not wait for it: time does not mend it"
            : "verify waits up to \(entry.patience.short) for it to pass by itself"
        return """
            \(entry.code.rawValue) (\(entry.severity.rawValue), \(entry.code.place))

            \(entry.cause)

            mend:  \(entry.fix)
            wait:  \(patience)

            """
    }
}

extension FailureCode: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}
