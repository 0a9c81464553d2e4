// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials

/// How every command speaks.
struct MessageOptions: ParsableArguments {
    @Option(help: "When to colour: auto, always or never.")
    var color = ColorMode.auto

    @Flag(name: .long, help: "No progress, notes or hints on stderr; results and errors only.")
    var quiet = false

    var terminal: Terminal {
        Terminal(quiet: quiet, color: color, environment: ProcessInfo.processInfo.environment)
    }
}

/// How a report is written.
struct ReportOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The report's form: text or json.")
    var output = ReportForm.text
}

enum ReportForm: String, CaseIterable, ExpressibleByArgument {
    case text, json
}

extension ColorMode: ExpressibleByArgument {}
