// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL
internal import FoundationEssentials

/// Writes a profile into a certificate, and has it signed.
struct CertificateBuilder {
    let profile: CertificateProfile
    /// A certificate whose subject and alternative names are taken over as they are encoded.
    var template: Certificate?

    func selfSigned(_ key: borrowing PrivateKey) throws(OpenSSLError) -> [UInt8] {
        let made = try X509Handle.blank()
        return try made.withPointer { (x509) throws(OpenSSLError) in
            try fill(x509, key: key)
            try check(X509_set_issuer_name(x509, X509_get_subject_name(x509)), "set the issuer")
            try addExtensions(x509, issuer: x509, issuerHasIdentifier: false, isRSA: key.isRSA)
            try sign(x509, with: key)
            return try made.der()
        }
    }

    func signed(
        for key: borrowing PrivateKey, by issuer: Certificate, with issuerKey: borrowing PrivateKey
    ) throws(OpenSSLError) -> [UInt8] {
        let issuerHandle = try X509Handle.parse(der: issuer.der)
        let made = try X509Handle.blank()
        return try issuerHandle.withPointer { (issuerX509) throws(OpenSSLError) in
            try made.withPointer { (x509) throws(OpenSSLError) in
                try fill(x509, key: key)
                // Byte for byte: Go compares the encoded names, and kubeadm's are PrintableString.
                try check(X509_set_issuer_name(x509, X509_get_subject_name(issuerX509)), "set the issuer")
                try addExtensions(
                    x509, issuer: issuerX509, issuerHasIdentifier: issuer.subjectKeyIdentifier != nil,
                    isRSA: key.isRSA)
                try sign(x509, with: issuerKey)
                return try made.der()
            }
        }
    }

    private func fill(_ x509: OpaquePointer, key: borrowing PrivateKey) throws(OpenSSLError) {
        try check(X509_set_version(x509, 2), "set the version")  // 2 stands for v3
        try SerialNumber.set(on: x509)
        try setDate(X509_getm_notBefore(x509), profile.notBefore)
        try setDate(X509_getm_notAfter(x509), profile.notAfter)
        try key.withPointer { (pkey) throws(OpenSSLError) in try check(X509_set_pubkey(x509, pkey), "set the key") }
        if let template {
            return try X509Handle.parse(der: template.der).withPointer { (old) throws(OpenSSLError) in
                try check(X509_set_subject_name(x509, X509_get_subject_name(old)), "name the subject")
            }
        }
        let name = try check(X509_get_subject_name(x509), "name the subject")
        for organization in profile.organizations { try add(organization, as: NID_organizationName, to: name) }
        try add(profile.commonName, as: NID_commonName, to: name)
    }

    /// UTCTime to 2049 and GeneralizedTime from 2050, which `ASN1_TIME_set` sees to (RFC 5280, section 4.1.2.5).
    private func setDate(_ field: UnsafeMutablePointer<ASN1_TIME>?, _ date: Date) throws(OpenSSLError) {
        guard ASN1_TIME_set(field, time_t(date.timeIntervalSince1970.rounded(.down))) != nil else {
            throw .drained("set the dates")
        }
    }

    private func add(_ text: String, as nid: CInt, to name: OpaquePointer) throws(OpenSSLError) {
        let bytes = Array(text.utf8)
        try check(
            X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, bytes, CInt(clamping: bytes.count), -1, 0),
            "put '\(text)' into the subject")
    }

    private func addExtensions(
        _ x509: OpaquePointer, issuer: OpaquePointer, issuerHasIdentifier: Bool, isRSA: Bool
    ) throws(OpenSSLError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, x509, nil, nil, 0)
        switch profile.purpose {
        case .authority:
            try add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0", to: x509, &context)
            try add(NID_key_usage, "critical,keyCertSign,cRLSign", to: x509, &context)
        case .leaf(let usages):
            try add(NID_basic_constraints, "critical,CA:FALSE", to: x509, &context)
            // Only RSA keys encipher keys; on an EC certificate the bit is an error (RFC 8813, section 3).
            try add(
                NID_key_usage, "critical,digitalSignature" + (isRSA ? ",keyEncipherment" : ""), to: x509, &context)
            if !usages.isEmpty {
                try add(NID_ext_key_usage, usages.map(\.description).joined(separator: ","), to: x509, &context)
            }
        }
        try add(NID_subject_key_identifier, "hash", to: x509, &context)
        if issuerHasIdentifier {
            try add(NID_authority_key_identifier, "keyid:always", to: x509, &context)
        } else if issuer != x509 {
            try addIdentifier(of: issuer, to: x509)
        }
        try addNames(to: x509)
    }

    /// Constant text only: names from outside would inject through OpenSSL's commas and sections.
    private func add(
        _ nid: CInt, _ value: String, to x509: OpaquePointer, _ context: inout X509V3_CTX
    ) throws(OpenSSLError) {
        let intent = "add the extension \(value)"
        let made = try check(X509V3_EXT_nconf_nid(nil, &context, nid, value), intent)
        defer { X509_EXTENSION_free(made) }
        try check(X509_add_ext(x509, made, -1), intent)
    }

    /// For an issuer without an identifier of its own (some CAs that openssl made): the one that it would have, SHA-1
    /// of its public key (RFC 5280, section 4.2.1.2, method 1), so that the certificate still tells which key signed it.
    private func addIdentifier(of issuer: OpaquePointer, to x509: OpaquePointer) throws(OpenSSLError) {
        let intent = "add the authority key identifier"
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: CUnsignedInt = 0
        try check(X509_pubkey_digest(issuer, EVP_sha1(), &digest, &length), intent)
        guard let identifier = AUTHORITY_KEYID_new() else { throw .drained(intent) }
        defer { AUTHORITY_KEYID_free(identifier) }
        guard let octets = ASN1_OCTET_STRING_new() else { throw .drained(intent) }
        identifier.pointee.keyid = octets
        try check(ASN1_OCTET_STRING_set(octets, digest, CInt(length)), intent)
        try check(
            X509_add1_ext_i2d(x509, NID_authority_key_identifier, identifier, 0, UInt(X509V3_ADD_DEFAULT)), intent)
    }

    private func addNames(to x509: OpaquePointer) throws(OpenSSLError) {
        if let template {
            return try X509Handle.parse(der: template.der).withPointer { (old) throws(OpenSSLError) in
                let index = X509_get_ext_by_NID(old, NID_subject_alt_name, -1)
                guard index >= 0 else { return }
                try check(X509_add_ext(x509, X509_get_ext(old, index), -1), "keep the subject alternative names")
            }
        }
        guard !profile.names.isEmpty else { return }
        let intent = "add the subject alternative names"
        let stack = try GeneralNames.encode(profile.names)
        defer { GENERAL_NAMES_free(stack) }
        try check(
            X509_add1_ext_i2d(x509, NID_subject_alt_name, UnsafeMutableRawPointer(stack), 0, UInt(X509V3_ADD_DEFAULT)),
            intent)
    }

    private func sign(_ x509: OpaquePointer, with key: borrowing PrivateKey) throws(OpenSSLError) {
        try key.withPointer { (pkey) throws(OpenSSLError) in
            let hasOwnDigest = EVP_PKEY_is_a(pkey, "ED25519") == 1 || EVP_PKEY_is_a(pkey, "ED448") == 1
            try check(X509_sign(x509, pkey, hasOwnDigest ? nil : EVP_sha256()), "sign the certificate")
        }
    }
}
