// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// The credentials that requests carry. Every body that comes back is cleared of them before it is read, in whatever
/// form a server echoes them, so that nothing made of a body can show them.
final class SentSecrets: Sendable {
    /// As they are sent; then in other forms.
    private struct Forms {
        var plain: Set<[UInt8]> = []
        var encoded: Set<[UInt8]> = []
    }

    private let forms = Mutex(Forms())

    /// In bytes. A shorter text is no secret, and may stand in any answer.
    private static let shortest = 8
    private static let replacement = Array("[redacted]".utf8)

    /// - Parameter secret: a token, a password, or a header's value after its scheme.
    func note(_ secret: String) {
        let bytes = Array(secret.utf8)
        guard bytes.count >= Self.shortest else { return }
        forms.withLock { forms in
            guard forms.plain.insert(bytes).inserted else { return }
            forms.encoded.formUnion(Self.encoded(secret, bytes).filter { $0.count >= Self.shortest && $0 != bytes })
        }
    }

    /// The body without any of them.
    func removed(from body: [UInt8]) -> [UInt8] {
        let all = forms.withLock { $0.plain.union($0.encoded) }
        return Self.removing(all, from: body)
    }

    /// The same for one of many objects, looked through for the secrets as they are sent only.
    func removed(fromItem item: [UInt8]) -> [UInt8] {
        Self.removing(forms.withLock(\.plain), from: item)
    }

    func removed(from text: String) -> String { String(decoding: removed(from: Array(text.utf8)), as: UTF8.self) }

    // MARK: Forms

    private static func encoded(_ text: String, _ bytes: [UInt8]) -> [[UInt8]] {
        let percent = ["-._~", "-._~/"].map { text.percentEncoded(keeping: $0) }
        let hexadecimal = bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        // As Go's encoding/json writes it.
        let json = [("\\", "\\\\"), ("\"", "\\\""), ("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")]
            .reduce(text) { $0.replacing($1.0, with: $1.1) }
        let base64 = (0..<3).map { base64Inside(bytes, at: $0) }
        let url = base64.map { $0.replacing("+", with: "-").replacing("/", with: "_") }
        return (base64 + url + percent + [hexadecimal, hexadecimal.uppercased(), json]).map { Array($0.utf8) }
    }

    /// The characters of a base64 text that depend on the secret alone, where it stands in it behind so many bytes.
    private static func base64Inside(_ bytes: [UInt8], at offset: Int) -> String {
        let text = Data([UInt8](repeating: 0, count: offset) + bytes).base64EncodedString()
        let isPadded = (offset + bytes.count) % 3 != 0
        // 8 bits fill one character and part of a second, 16 bits two and part of a third.
        let own = text.dropFirst(offset == 0 ? 0 : offset + 1).prefix { $0 != "=" }
        return String(isPadded ? own.dropLast() : own)
    }

    // MARK: Search

    private static func removing(_ secrets: Set<[UInt8]>, from body: [UInt8]) -> [UInt8] {
        // The longest first: one can be part of another.
        var body = body
        for secret in secrets.sorted(by: { $0.count > $1.count }) {
            var rest = 0
            var kept: [UInt8] = []
            while let found = place(of: secret, in: body, from: rest) {
                kept += body[rest..<found]
                kept += replacement
                rest = found + secret.count
            }
            if rest > 0 { body = kept + body[rest...] }
        }
        return body
    }

    private static func place(of secret: [UInt8], in body: [UInt8], from start: Int) -> Int? {
        unsafe body.withUnsafeBytes { haystack -> Int? in
            guard let base = haystack.baseAddress, let first = secret.first else { return nil }
            var from = start
            while haystack.count - from >= secret.count {
                let rest = haystack.count - from - secret.count + 1
                guard let found = unsafe memchr(base + from, CInt(first), rest) else { return nil }
                let place = unsafe base.distance(to: UnsafeRawPointer(found))
                if unsafe memcmp(base + place, secret, secret.count) == 0 { return place }
                from = place + 1
            }
            return nil
        }
    }
}
