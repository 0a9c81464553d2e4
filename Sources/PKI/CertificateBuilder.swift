// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL
internal import FoundationEssentials

/// Writes a profile into a certificate, and has it signed.
struct CertificateBuilder {
    let profile: CertificateProfile
    /// A certificate whose subject and alternative names are taken over as they are encoded.
    var template: Certificate?

    func selfSigned(_ key: borrowing PrivateKey) throws(OpenSSLError) -> [UInt8] {
        try key.withPointer { (pkey) throws(OpenSSLError) in
            let made = try X509Handle.blank()
            return try made.withPointer { (x509) throws(OpenSSLError) in
                try fill(x509, key: pkey)
                try check(X509_set_issuer_name(x509, X509_get_subject_name(x509)), "set the issuer")
                try addExtensions(x509, key: pkey, authorityKeyIdentifier: nil)
                try sign(x509, with: pkey)
                return try made.der()
            }
        }
    }

    func signed(
        for key: OpaquePointer, by issuer: Certificate, with issuerKey: borrowing PrivateKey
    ) throws(OpenSSLError) -> [UInt8] {
        let issuerHandle = try X509Handle.parse(der: issuer.der)
        let made = try X509Handle.blank()
        return try issuerHandle.withPointer { (issuerX509) throws(OpenSSLError) in
            try made.withPointer { (x509) throws(OpenSSLError) in
                try fill(x509, key: key)
                // Byte for byte: Go compares the encoded names, and kubeadm's are PrintableString.
                try check(X509_set_issuer_name(x509, X509_get_subject_name(issuerX509)), "set the issuer")
                // An issuer without an identifier (some openssl-made CAs) gets the one that it would have had.
                let identifier =
                    if let own = X509_get0_subject_key_id(issuerX509) { X509Fields.bytes(own) } else {
                        try PublicKey.identifier(of: issuerX509)
                    }
                try addExtensions(x509, key: key, authorityKeyIdentifier: identifier)
                try issuerKey.withPointer { (pkey) throws(OpenSSLError) in try sign(x509, with: pkey) }
                return try made.der()
            }
        }
    }

    private func fill(_ x509: OpaquePointer, key: OpaquePointer) throws(OpenSSLError) {
        try profile.checkDates()
        try check(X509_set_version(x509, 2), "set the version")  // 2 stands for v3
        try SerialNumber.random().withPointer { (number) throws(OpenSSLError) in
            guard BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != nil else {
                throw .drained("set the serial number")
            }
        }
        try setDate(X509_getm_notBefore(x509), profile.notBefore)
        try setDate(X509_getm_notAfter(x509), profile.notAfter)
        try check(X509_set_pubkey(x509, key), "set the key")
        guard let template else {
            return try DistinguishedName.fill(
                X509_get_subject_name(x509), commonName: profile.commonName, organizations: profile.organizations)
        }
        try X509Handle.parse(der: template.der).withPointer { (old) throws(OpenSSLError) in
            try check(X509_set_subject_name(x509, X509_get_subject_name(old)), "name the subject")
        }
    }

    private func keepNames(of old: Certificate, in x509: OpaquePointer) throws(OpenSSLError) {
        try X509Handle.parse(der: old.der).withPointer { (old) throws(OpenSSLError) in
            let index = X509_get_ext_by_NID(old, NID_subject_alt_name, -1)
            guard index >= 0 else { return }
            try check(X509_add_ext(x509, X509_get_ext(old, index), -1), "keep the subject alternative names")
        }
    }

    /// UTCTime to 2049 and GeneralizedTime from 2050, which `ASN1_TIME_set` sees to (RFC 5280, section 4.1.2.5).
    private func setDate(_ field: UnsafeMutablePointer<ASN1_TIME>?, _ date: Date) throws(OpenSSLError) {
        guard ASN1_TIME_set(field, time_t(date.timeIntervalSince1970.rounded(.down))) != nil else {
            throw .drained("set the dates")
        }
    }

    private func addExtensions(
        _ x509: OpaquePointer, key: OpaquePointer, authorityKeyIdentifier: [UInt8]?
    ) throws(OpenSSLError) {
        let extensions = try ExtensionStack()
        switch profile.purpose {
        case .authority:
            try extensions.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
            try extensions.add(NID_key_usage, "critical,keyCertSign,cRLSign")
        case .leaf(let usages):
            try extensions.add(NID_basic_constraints, "critical,CA:FALSE")
            try extensions.addUses(usages, names: profile.names, key: key)
        }
        try extensions.addSubjectKeyIdentifier(try PublicKey.identifier(of: x509))
        if let authorityKeyIdentifier { try extensions.addAuthorityKeyIdentifier(authorityKeyIdentifier) }
        try extensions.lendEach { (made) throws(OpenSSLError) in
            try check(X509_add_ext(x509, made, -1), "add an extension")
        }
        if let template { try keepNames(of: template, in: x509) }
    }

    private func sign(_ x509: OpaquePointer, with key: OpaquePointer) throws(OpenSSLError) {
        try check(X509_sign(x509, key, PublicKey.digest(for: key)), "sign the certificate")
    }
}
