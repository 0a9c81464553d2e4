// SPDX-License-Identifier: Apache-2.0

extension Catalogue {
    /// The whole catalogue as a page for readers: a table to look a code up in, and a section for each.
    public static var markdown: String {
        let table = entries.map { entry in
            "| \(link(entry.code)) | \(entry.severity.rawValue) | \(entry.cause.inTable) |"
        }
        let places = FailureCode.allCases.map(\.place)
        var lines = [
            "# What `kbootstrap verify` finds", "",
            "Generated from the catalogue in `Sources/Verification/Catalogue`; a test keeps it current.",
            "`kbootstrap explain CODE` prints the same without this page.", "",
        ]
        for (index, place) in places.enumerated() where !places[..<index].contains(place) {
            let heading = "## \(place.prefix(1).uppercased())\(place.dropFirst())"
            lines += [heading, "", "| code | severity | cause |", "|---|---|---|"]
            lines += zip(table, places).filter { $1 == place }.map(\.0) + [""]
            lines += entries.filter { $0.code.place == place }.flatMap(section)
        }
        return lines.joined(separator: "\n")
    }

    private static func link(_ code: FailureCode) -> String { "[\(code.rawValue)](#\(code.rawValue.lowercased()))" }

    private static func section(_ entry: CatalogueEntry) -> [String] {
        let seconds = entry.patience.components.seconds
        let consequences = consequences(of: entry.code)
        let explained =
            consequences.count > 40
            ? "everything else" : consequences.map(link).joined(separator: " ")
        let sighting = sighting(entry.code)
        return [
            "### \(entry.code.rawValue)", "", entry.cause, "", "- seen: \(sighting.signature)",
            "- mend: `\(entry.fix)`",
            seconds == 0
                ? "- time does not mend it: verify does not wait"
                : "- verify waits up to \(seconds) s for it to pass by itself",
        ] + (consequences.isEmpty ? [] : ["- explains: \(explained)"])
            + (sighting.reference.isEmpty ? [] : ["- see: \(sighting.reference)"]) + [""]
    }
}

extension String {
    fileprivate var inTable: String { replacing("|", with: "\\|") }
}
