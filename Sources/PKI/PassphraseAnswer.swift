// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// What OpenSSL is told when it asks for a passphrase. Without an answer it would ask on the terminal.
struct PassphraseAnswer {
    private let passphrase: UnsafeRawBufferPointer?
    /// Whether OpenSSL has asked, which it does for encrypted keys only.
    private(set) var wasAsked = false
    private var isTooLong = false

    /// - Parameter passphrase: nil where there is none; must outlive the answer.
    init(_ passphrase: UnsafeRawBufferPointer?) { self.passphrase = passphrase }

    /// OpenSSL's `pem_password_cb`, whose last argument points to an answer.
    static let callback: @convention(c) (UnsafeMutablePointer<CChar>?, CInt, CInt, UnsafeMutableRawPointer?) -> CInt = {
        buffer, size, _, context in
        guard let buffer, let answer = context?.assumingMemoryBound(to: PassphraseAnswer.self) else { return -1 }
        answer.pointee.wasAsked = true
        guard let passphrase = answer.pointee.passphrase else { return -1 }
        guard passphrase.count <= Int(size) else {
            answer.pointee.isTooLong = true
            return -1
        }
        UnsafeMutableRawBufferPointer(start: buffer, count: Int(size)).copyMemory(from: passphrase)
        return CInt(passphrase.count)
    }

    /// Why an encrypted key was not read, where `error` is what OpenSSL said.
    func refusal(_ error: OpenSSLError) -> OpenSSLError {
        let intent = error.intent
        if passphrase == nil {
            return .passphraseNeeded(
                intent, because: "it is encrypted",
                hint: "openssl pkey -in FILE -out DECRYPTED-FILE   # and chmod 600 it")
        }
        if isTooLong {
            return OpenSSLError(intent, because: ["the passphrase is longer than OpenSSL takes (\(PEM_BUFSIZE) bytes)"])
        }
        if error.isUnsupported {
            return OpenSSLError(
                intent, because: ["it is encrypted in a way that this OpenSSL does not know"],
                hint: "openssl pkey -provider legacy -provider default -aes256 -in FILE -out NEW-FILE")
        }
        return .wrongPassphrase(intent, because: "the passphrase is wrong (or the file is damaged)")
    }
}

extension OpenSSLError {
    /// Whether OpenSSL lacks an algorithm that the bytes ask for; its modern providers have no RC2 and no DES.
    var isUnsupported: Bool { reasons.contains { $0.hasPrefix("unsupported") || $0.hasPrefix("unknown ") } }
}
