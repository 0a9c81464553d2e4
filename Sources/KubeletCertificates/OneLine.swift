// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

extension String {
    /// The text in quotes, as a request has it, which anybody may have written: cut, and without line ends or other
    /// controls that would make it look like a line of ours.
    var quotedOnOneLine: String { "'\(onOneLine)'" }

    /// The same without quotes.
    var onOneLine: String {
        let scalars = unicodeScalars.prefix(Self.longestShown)
        let cut = scalars.endIndex == unicodeScalars.endIndex ? self : String(scalars) + "…"
        return cut.escapingControls.replacing("\n", with: "\\n").replacing("\t", with: "\\t")
    }

    /// In scalars, of which many may make one character.
    private static let longestShown = 120
}
