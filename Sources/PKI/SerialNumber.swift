// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// A certificate's serial number. This value owns its `BIGNUM`, and frees it.
struct SerialNumber: ~Copyable {
    private let number: OpaquePointer

    private init(owning number: OpaquePointer) { self.number = number }

    deinit { BN_free(number) }

    /// 159 random bits: positive, and at most 20 octets, as RFC 5280 (section 4.1.2.2) asks.
    static func random() throws(OpenSSLError) -> SerialNumber {
        let intent = "make a serial number"
        let serial = SerialNumber(owning: try check(BN_new(), intent))
        repeat {
            try check(BN_rand(serial.number, 159, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY), intent)
        } while BN_is_zero(serial.number) == 1
        return serial
    }

    /// Lends the number for the length of `body`.
    func withPointer<R>(_ body: (OpaquePointer) throws(OpenSSLError) -> R) throws(OpenSSLError) -> R {
        try body(number)
    }

    /// The number as a DER INTEGER.
    func der() throws(OpenSSLError) -> [UInt8] {
        let intent = "encode a serial number"
        guard let integer = BN_to_ASN1_INTEGER(number, nil) else { throw .drained(intent) }
        defer { ASN1_INTEGER_free(integer) }
        var encoded: UnsafeMutablePointer<UInt8>?
        let length = i2d_ASN1_INTEGER(integer, &encoded)
        guard length > 0, let encoded else { throw .drained(intent) }
        defer { CRYPTO_free(encoded, #file, #line) }
        return Array(UnsafeBufferPointer(start: encoded, count: Int(length)))
    }
}
