// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

extension String {
    /// The text in quotes, as a request has it, which anybody may have written.
    var quotedOnOneLine: String { "'\(onOneLine)'" }

    /// The same without quotes.
    var onOneLine: String { singleLine(upTo: 120) }
}
