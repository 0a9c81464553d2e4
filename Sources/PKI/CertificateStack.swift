// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// OpenSSL's `STACK_OF(X509)`. This value owns it and its certificates, and frees them.
struct CertificateStack: ~Copyable {
    private let pointer: OpaquePointer

    init(_ certificates: [Certificate]) throws(OpenSSLError) {
        let intent = "gather certificates"
        let stack = CertificateStack(owning: try check(OPENSSL_sk_new_null(), intent))
        for certificate in certificates {
            try X509Handle.parse(der: certificate.der).withPointer { (x509) throws(OpenSSLError) in
                try check(X509_up_ref(x509), intent)
                guard OPENSSL_sk_push(stack.pointer, UnsafeRawPointer(x509)) > 0 else {
                    X509_free(x509)
                    throw .drained(intent)
                }
            }
        }
        self = stack
    }

    private init(owning pointer: OpaquePointer) { self.pointer = pointer }

    /// Lends the stack for the length of `body`.
    func withPointer<R: ~Copyable>(_ body: (OpaquePointer) throws(OpenSSLError) -> R) throws(OpenSSLError) -> R {
        try body(pointer)
    }

    /// Copies of the certificates of a stack that belongs to somebody else; none for no stack.
    static func certificates(_ stack: OpaquePointer?) throws(OpenSSLError) -> [Certificate] {
        var copies: [Certificate] = []
        for index in 0..<max(OPENSSL_sk_num(stack), 0) {
            guard let x509 = OPENSSL_sk_value(stack, index) else { continue }
            copies.append(try Certificate(der: X509Handle.der(of: OpaquePointer(x509))))
        }
        return copies
    }

    deinit { OPENSSL_sk_pop_free(pointer) { X509_free($0.map { OpaquePointer($0) }) } }
}
