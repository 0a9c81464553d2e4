// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// OpenSSL's in-memory stream. This value is the only owner of its `BIO`, and frees it; what is written to it is wiped.
struct MemoryBIO: ~Copyable {
    private let bio: OpaquePointer

    private init(owning bio: OpaquePointer) { self.bio = bio }

    deinit { BIO_free_all(bio) }

    /// An empty stream to write to, in OpenSSL's secure heap's manner: freed memory is wiped.
    static func empty() throws(OpenSSLError) -> MemoryBIO {
        MemoryBIO(owning: try check(BIO_new(BIO_s_secmem()), "open a memory stream"))
    }

    /// Lends a stream that reads `bytes`.
    static func reading<R: ~Copyable>(
        _ bytes: [UInt8], _ body: (OpaquePointer) throws(OpenSSLError) -> R
    ) throws(OpenSSLError) -> R {
        try bytes.span.withUnsafeBytes { (buffer) throws(OpenSSLError) -> R in try reading(buffer, body) }
    }

    /// Lends a stream that reads `bytes` where they lie; nothing is copied.
    static func reading<R: ~Copyable>(
        _ bytes: UnsafeRawBufferPointer, _ body: (OpaquePointer) throws(OpenSSLError) -> R
    ) throws(OpenSSLError) -> R {
        guard let count = CInt(exactly: bytes.count) else {
            throw OpenSSLError("read \(bytes.count) bytes", because: ["too long"])
        }
        // A nil base address means no bytes, which a fresh stream has, too.
        let bio = MemoryBIO(
            owning: try check(
                bytes.isEmpty ? BIO_new(BIO_s_mem()) : BIO_new_mem_buf(bytes.baseAddress, count),
                "open a memory stream"))
        return try bio.withPointer(body)
    }

    func withPointer<R: ~Copyable>(_ body: (OpaquePointer) throws(OpenSSLError) -> R) throws(OpenSSLError) -> R {
        try body(bio)
    }

    /// What has been written, as bytes that are wiped.
    func secret() throws(OpenSSLError) -> SecretBytes {
        let pending = BIO_ctrl_pending(bio)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(pending, 1), alignment: 1)
        defer {
            OPENSSL_cleanse(buffer.baseAddress, buffer.count)
            buffer.deallocate()
        }
        let count = BIO_read(bio, buffer.baseAddress, CInt(clamping: pending))
        guard count == pending else { throw .drained("read back what was encoded") }
        return SecretBytes(copying: UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)]))
    }

    /// What has been written, as text.
    func text() throws(OpenSSLError) -> String {
        try secret().withBytes { String(decoding: $0, as: UTF8.self) }
    }
}
