// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// How much work a file asks for before its encryption opens, in rounds of a hash.
///
/// INPUT: algorithm identifiers of PKCS#5 and PKCS#12 (RFC 8018, RFC 7292, RFC 9579). A hostile file could ask for hours.
struct KeyDerivationCost {
    /// The most rounds that a file may ask for in all: some seconds.
    static let most: Int64 = 5_000_000

    private let intent: String
    private var rounds: Int64 = 0

    init(_ intent: String) { self.intent = intent }

    /// - Throws: where it is more than the most in all.
    mutating func add(_ count: Int64?) throws(OpenSSLError) {
        // What does not fit into 64 bits is more than the most.
        guard let count, (0...Self.most).contains(count), rounds + count <= Self.most else {
            throw OpenSSLError(
                intent,
                because: [
                    "it asks for \(count.map { "\($0) " } ?? "too many ")rounds of key derivation, of at most \(Self.most)"
                ])
        }
        rounds += count
    }

    /// Adds what deriving a key by this algorithm costs; nothing for one that derives none.
    mutating func add(_ algorithm: UnsafePointer<X509_ALGOR>?) throws(OpenSSLError) {
        var object: OpaquePointer?
        var type: CInt = 0
        var value: UnsafeRawPointer?
        X509_ALGOR_get0(&object, &type, &value, algorithm)
        defer { ERR_clear_error() }
        guard type == V_ASN1_SEQUENCE, let string = value?.assumingMemoryBound(to: ASN1_STRING.self) else { return }
        var bytes = ASN1_STRING_get0_data(string)
        let length = Int(ASN1_STRING_length(string))
        switch OBJ_obj2nid(object) {
        // PBMAC1's parameters have the form of PBES2's: a derivation, and what its key is for.
        case NID_pbes2, NID_pbmac1:
            guard let parameters = d2i_PBE2PARAM(nil, &bytes, length) else { return }
            defer { PBE2PARAM_free(parameters) }
            try add(parameters.pointee.keyfunc)
        case NID_id_pbkdf2:
            guard let parameters = d2i_PBKDF2PARAM(nil, &bytes, length) else { return }
            defer { PBKDF2PARAM_free(parameters) }
            try add(Self.integer(parameters.pointee.iter))
        case NID_id_scrypt:
            guard let parameters = d2i_SCRYPT_PARAMS(nil, &bytes, length) else { return }
            defer { SCRYPT_PARAMS_free(parameters) }
            let factors = [
                parameters.pointee.costParameter, parameters.pointee.blockSize,
                parameters.pointee.parallelizationParameter,
            ].map { number in Self.integer(number) }
            try add(
                factors.reduce(1 as Int64?) { product, factor in
                    guard let product, let factor else { return nil }
                    let (result, overflows) = product.multipliedReportingOverflow(by: factor)
                    return overflows ? nil : result
                })
        default:
            // PKCS#5's first scheme and PKCS#12's: a salt and a count. What else has such a form is none that opens.
            guard let parameters = d2i_PBEPARAM(nil, &bytes, length) else { return }
            defer { PBEPARAM_free(parameters) }
            try add(Self.integer(parameters.pointee.iter))
        }
    }

    /// Nil for one that does not fit.
    private static func integer(_ number: UnsafeMutablePointer<ASN1_INTEGER>?) -> Int64? {
        var value: Int64 = 0
        guard let number, ASN1_INTEGER_get_int64(&value, number) == 1 else { return nil }
        return value
    }
}

extension KeyDerivationCost {
    /// Adds what the MAC of a PKCS#12 file costs.
    mutating func addMAC(of sealed: OpaquePointer) throws(OpenSSLError) {
        var algorithm: UnsafePointer<X509_ALGOR>?
        var rounds: UnsafePointer<ASN1_INTEGER>?
        PKCS12_get0_mac(nil, &algorithm, nil, &rounds, sealed)
        try add(algorithm)
        // Absent means 1.
        if let rounds { try add(Self.integer(UnsafeMutablePointer(mutating: rounds))) }
    }

    /// Adds what the bags of a PKCS#12 file cost, whose MAC has been verified. What is encrypted is opened one by one,
    /// each after what it costs has been added.
    mutating func addBags(of sealed: OpaquePointer, passphrase: UnsafePointer<CChar>?) throws(OpenSSLError) {
        guard let safes = PKCS12_unpack_authsafes(sealed) else { throw .drained(intent) }
        defer { OPENSSL_sk_pop_free(safes) { PKCS7_free($0?.assumingMemoryBound(to: PKCS7.self)) } }
        for index in 0..<max(OPENSSL_sk_num(safes), 0) {
            guard let safe = OPENSSL_sk_value(safes, index)?.assumingMemoryBound(to: PKCS7.self) else { continue }
            ERR_clear_error()
            let bags: OpaquePointer?
            switch OBJ_obj2nid(safe.pointee.type) {
            case NID_pkcs7_data:
                bags = PKCS12_unpack_p7data(safe)
            case NID_pkcs7_encrypted:
                try add(safe.pointee.d.encrypted?.pointee.enc_data?.pointee.algorithm)
                bags = PKCS12_unpack_p7encdata(safe, passphrase, -1)
            default: continue
            }
            // Why it does not open, whoever reads it says.
            defer { OPENSSL_sk_pop_free(bags) { PKCS12_SAFEBAG_free($0.map { OpaquePointer($0) }) } }
            try add(bags: bags)
        }
    }

    private mutating func add(bags: OpaquePointer?) throws(OpenSSLError) {
        for index in 0..<max(OPENSSL_sk_num(bags), 0) {
            guard let bag = OPENSSL_sk_value(bags, index).map({ OpaquePointer($0) }) else { continue }
            switch PKCS12_SAFEBAG_get_nid(bag) {
            case NID_pkcs8ShroudedKeyBag: try add(encrypted: PKCS12_SAFEBAG_get0_pkcs8(bag))
            case NID_safeContentsBag: try add(bags: PKCS12_SAFEBAG_get0_safes(bag))
            default: continue
            }
        }
    }

    /// Adds what an encrypted PKCS#8 key costs.
    mutating func add(encrypted key: OpaquePointer?) throws(OpenSSLError) {
        var algorithm: UnsafePointer<X509_ALGOR>?
        guard let key else { return }
        X509_SIG_get0(key, &algorithm, nil)
        try add(algorithm)
    }

    /// Adds what the encrypted PKCS#8 keys of a PEM file cost.
    mutating func addKeys(in pem: UnsafeRawBufferPointer) throws(OpenSSLError) {
        let keys = (try? PEMBlock.contents(ofKinds: ["ENCRYPTED PRIVATE KEY"], in: pem, intent)) ?? []
        for der in keys {
            let key = der.span.withUnsafeBufferPointer { buffer in
                var position = buffer.baseAddress
                return d2i_X509_SIG(nil, &position, buffer.count)
            }
            defer { X509_SIG_free(key) }
            try add(encrypted: key)
        }
        ERR_clear_error()
    }
}
