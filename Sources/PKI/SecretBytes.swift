// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// Bytes that nobody else should read: they are lent, not copied out, and wiped when this value ends.
public struct SecretBytes: ~Copyable {
    private let bytes: UnsafeMutableRawBufferPointer

    /// Copies `source`, whose own wiping stays its owner's.
    public init(copying source: UnsafeRawBufferPointer) {
        bytes = .allocate(byteCount: max(source.count, 1), alignment: 1)
        bytes.copyMemory(from: source)
        count = source.count
    }

    /// A buffer that `fill` fills, of which only the bytes that it says it filled are kept.
    ///
    /// - Parameter count: the largest number of bytes that `fill` may write.
    public static func reading<E: Error>(
        upTo count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) -> SecretBytes {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 1)
        defer {
            OPENSSL_cleanse(buffer.baseAddress, buffer.count)
            buffer.deallocate()
        }
        let filled = try fill(buffer)
        return SecretBytes(copying: UnsafeRawBufferPointer(rebasing: buffer[..<min(filled, count)]))
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
}
