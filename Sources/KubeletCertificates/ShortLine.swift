// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

extension String {
    /// The text in quotes, as a request has it, which anybody may have written.
    var quotedLine: String { "'\(shortLine)'" }

    /// The same without quotes.
    var shortLine: String { singleLine(upTo: 120) }
}
