// SPDX-License-Identifier: Apache-2.0

internal import Core

extension Catalogue {
    /// The whole catalogue as a page for readers: a table to look a code up in, and a section for each.
    public static var markdown: String {
        var lines = [
            "# What `kbootstrap verify` finds", "",
            "Generated from the catalogue in `Sources/Verification/Catalogue`; a test keeps it current.",
            "`kbootstrap explain CODE` prints the same without this page.", "",
        ]
        for hop in Hop.allCases {
            let causes = causes.filter { $0.hop == hop }
            let heading = hop.rawValue.prefix(1).uppercased() + hop.rawValue.dropFirst()
            lines += ["## \(heading)", "", "| code | severity | cause |", "|---|---|---|"]
            lines += causes.map { "| \(link($0.code)) | \($0.severity.rawValue) | \($0.title.inTable) |" } + [""]
            lines += causes.flatMap(section)
        }
        return lines.joined(separator: "\n")
    }

    private static func link(_ code: FailureCode) -> String { "[\(code.rawValue)](#\(code.rawValue.lowercased()))" }

    private static func section(_ cause: Cause) -> [String] {
        let seconds = cause.patience.components.seconds
        let consequences = consequences(of: cause.code)
        let explained =
            consequences.count > 40
            ? "everything else" : consequences.map(link).joined(separator: " ")
        return [
            "### \(cause.code.rawValue)", "", cause.title, "", "- seen: \(cause.seen)",
            "- \(cause.fix.label): `\(cause.fix.text)`",
            seconds == 0
                ? "- time does not fix it: verify does not wait"
                : "- verify waits up to \(seconds) s for it to pass by itself",
        ] + (consequences.isEmpty ? [] : ["- explains: \(explained)"])
            + (cause.reference.isEmpty ? [] : ["- see: \(cause.reference)"]) + [""]
    }
}

extension String {
    fileprivate var inTable: String { replacing("|", with: "\\|") }
}
