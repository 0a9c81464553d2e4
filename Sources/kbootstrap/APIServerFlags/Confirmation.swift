// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Asks before something is changed.
enum Confirmation {
    /// Whether to go on: said by `--yes`, or typed on a terminal.
    ///
    /// - Throws: where there is no terminal to ask on.
    static func given(_ yes: Bool, for deed: String, _ terminal: Terminal) throws -> Bool {
        if yes { return true }
        guard isatty(STDIN_FILENO) == 1 else {
            throw ApplyRefused(description: "nobody is here to be asked: nothing was changed", hint: "add --yes")
        }
        terminal.question("\(deed)? [y/N]")
        let answer = try terminal.answer()?.lowercased() ?? ""
        return answer == "y" || answer == "yes"
    }
}
