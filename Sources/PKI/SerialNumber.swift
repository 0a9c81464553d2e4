// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// Serial numbers of certificates.
public enum SerialNumber {
    /// 159 random bits: positive, and at most 20 octets, as RFC 5280 (section 4.1.2.2) asks.
    ///
    /// - Returns: the number's bytes, the highest first, without leading zeros.
    public static func random() throws(OpenSSLError) -> [UInt8] {
        let number = try check(BN_new(), "make a serial number")
        defer { BN_free(number) }
        repeat {
            try check(BN_rand(number, 159, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY), "make a serial number")
        } while BN_is_zero(number) == 1
        var bytes = [UInt8](repeating: 0, count: Int(BN_num_bits(number) + 7) / 8)
        BN_bn2bin(number, &bytes)
        return bytes
    }

    /// Gives a certificate such a number.
    static func set(on x509: OpaquePointer) throws(OpenSSLError) {
        let bytes = try random()
        let number = try check(BN_bin2bn(bytes, CInt(bytes.count), nil), "set the serial number")
        defer { BN_free(number) }
        guard BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != nil else {
            throw .drained("set the serial number")
        }
    }
}
