// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// Bytes that nobody else should read: they are lent, not copied out, and wiped when this value ends.
public struct SecretBytes: ~Copyable {
    private let bytes: UnsafeMutableRawBufferPointer

    /// Copies `source`, whose own wiping stays its owner's.
    init(copying source: UnsafeRawBufferPointer) {
        bytes = .allocate(byteCount: max(source.count, 1), alignment: 1)
        bytes.copyMemory(from: source)
        count = source.count
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }

    /// How many bytes there are.
    public let count: Int

    /// Lends the bytes for the length of `body`.
    public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
}
