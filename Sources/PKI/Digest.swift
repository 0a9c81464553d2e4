// SPDX-License-Identifier: Apache-2.0

/// Digests of bytes that are no certificate.
public enum Digest {
    /// SHA-256, as 64 hexadecimal digits.
    public static func sha256(_ bytes: UnsafeRawBufferPointer) throws(OpenSSLError) -> String {
        try PublicKey.sha256(bytes).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
