// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// Bytes that nobody else should read: they are lent, not copied out, and wiped when this value ends.
public struct SecretBytes: ~Copyable {
    private let bytes: UnsafeMutableRawBufferPointer

    private init(owning bytes: UnsafeMutableRawBufferPointer, count: Int) {
        self.bytes = bytes
        self.count = count
    }

    /// Copies `source`, whose own wiping stays its owner's.
    public init(copying source: UnsafeRawBufferPointer) {
        bytes = .allocate(byteCount: max(source.count, 1), alignment: 1)
        bytes.copyMemory(from: source)
        count = source.count
    }

    /// Lends a buffer of `capacity` zero bytes to `fill`, and keeps as many as it says it has filled.
    ///
    /// So a file is read without passing through memory that nobody wipes. What `fill` throws is passed on, after the
    /// buffer has been wiped.
    ///
    /// - Parameters:
    ///   - capacity: how many bytes there can be; below zero counts as none.
    ///   - fill: returns how many bytes it has written, from the first on.
    public static func reading<E: Error>(
        upTo capacity: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) -> SecretBytes {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(capacity, 1), alignment: 1)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        let lent = UnsafeMutableRawBufferPointer(rebasing: bytes[..<max(capacity, 0)])
        do throws(E) {
            let filled = try fill(lent)
            return SecretBytes(owning: bytes, count: min(max(filled, 0), lent.count))
        } catch {
            OPENSSL_cleanse(bytes.baseAddress, bytes.count)
            bytes.deallocate()
            throw error
        }
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }

    /// How many bytes there are.
    public let count: Int

    /// Lends the bytes for the length of `body`.
    public func withBytes<R: ~Copyable, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }

    /// Whether both hold the same bytes.
    public func isEqual(to other: borrowing SecretBytes) -> Bool {
        count == other.count && CRYPTO_memcmp(bytes.baseAddress, other.bytes.baseAddress, count) == 0
    }
}
