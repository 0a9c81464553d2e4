// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// What could not be done with a key or a certificate, and what OpenSSL said about it.
public struct OpenSSLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was being done, as it follows "could not".
    public let intent: String
    /// The reasons from OpenSSL's error queue, or from our own judgement, innermost cause first.
    public let reasons: [String]
    /// What to do about it, where that is known.
    public let hint: String?
    /// Whether the same bytes could be read with a passphrase, and none was given.
    public let needsPassphrase: Bool
    /// Whether a passphrase was given that does not open the bytes.
    public let hasWrongPassphrase: Bool

    public init(_ intent: String, because reasons: [String], hint: String? = nil) {
        self.init(intent, because: reasons, hint: hint, needsPassphrase: false, hasWrongPassphrase: false)
    }

    private init(
        _ intent: String, because reasons: [String], hint: String?, needsPassphrase: Bool, hasWrongPassphrase: Bool
    ) {
        self.intent = intent
        self.reasons = reasons
        self.hint = hint
        self.needsPassphrase = needsPassphrase
        self.hasWrongPassphrase = hasWrongPassphrase
    }

    static func passphraseNeeded(_ intent: String, because reason: String, hint: String) -> OpenSSLError {
        OpenSSLError(intent, because: [reason], hint: hint, needsPassphrase: true, hasWrongPassphrase: false)
    }

    static func wrongPassphrase(_ intent: String, because reason: String) -> OpenSSLError {
        OpenSSLError(intent, because: [reason], hint: nil, needsPassphrase: false, hasWrongPassphrase: true)
    }

    public var description: String {
        reasons.isEmpty ? "could not \(intent)" : "could not \(intent): \(reasons.joined(separator: "; "))"
    }

    /// Takes what this thread's queue holds. Call it where the failing call returned: the queue is per thread.
    static func drained(_ intent: String) -> OpenSSLError {
        var reasons: [String] = []
        while case let code = ERR_get_error(), code != 0 {
            var reason = ERR_reason_error_string(code).map { String(cString: $0) } ?? "OpenSSL error \(code)"
            // Decoders say so of any bytes that are not theirs: no algorithm is missing, as the same word means elsewhere.
            if [ERR_LIB_OSSL_DECODER, ERR_LIB_OSSL_STORE].contains(ERR_GET_LIB(code)), reason == "unsupported" {
                reason = "not in a form that can be read"
            }
            if !reasons.contains(reason) { reasons.append(reason) }
        }
        return OpenSSLError(intent, because: reasons)
    }
}

/// Passes a pointer on, or throws what OpenSSL said.
func check(_ pointer: OpaquePointer?, _ intent: String) throws(OpenSSLError) -> OpaquePointer {
    guard let pointer else { throw .drained(intent) }
    return pointer
}

/// Throws what OpenSSL said where a call returned zero or less.
func check(_ result: CInt, _ intent: String) throws(OpenSSLError) {
    if result <= 0 { throw .drained(intent) }
}
