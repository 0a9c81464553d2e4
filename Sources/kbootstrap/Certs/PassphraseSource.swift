// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import PKI

/// Where a passphrase comes from: a file that only its owner may read, else the terminal.
struct PassphraseSource: Sendable {
    /// Path of the file; nil to ask.
    let file: String?
    /// The option that names such a file.
    let option: String
    let terminal: Terminal

    /// - Parameter what: what the passphrase opens, as the prompt names it.
    func passphrase(for what: String) throws(FrontProxyError) -> SecretBytes {
        if let file { return try SecretLine.read(file) }
        guard let typed = terminal.secret("passphrase of \(what): ") else {
            throw FrontProxyError(
                "\(what) needs a passphrase, and there is no terminal to ask on", hint: "\(option) FILE")
        }
        return typed
    }

    /// A passphrase that is being chosen: typed twice, because nobody sees what is typed.
    ///
    /// - Parameter what: what the passphrase is to open.
    func newPassphrase(for what: String) throws(FrontProxyError) -> SecretBytes {
        let first = try passphrase(for: what)
        guard file == nil else { return first }
        guard let second = terminal.secret("the same again: "), first.isEqual(to: second) else {
            throw FrontProxyError("the two passphrases are not the same", hint: nil)
        }
        return first
    }
}
