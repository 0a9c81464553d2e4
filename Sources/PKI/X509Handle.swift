// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// The only owner of an `X509`, which it frees.
struct X509Handle: ~Copyable {
    private let x509: OpaquePointer

    private init(owning x509: OpaquePointer) { self.x509 = x509 }

    deinit { X509_free(x509) }

    /// A blank certificate.
    static func blank() throws(OpenSSLError) -> X509Handle {
        X509Handle(owning: try check(X509_new(), "make a certificate"))
    }

    /// A certificate read from DER, all of which must be used up.
    static func parse(der: [UInt8]) throws(OpenSSLError) -> X509Handle {
        let intent = "read a certificate"
        ERR_clear_error()
        return try der.span.withUnsafeBufferPointer { (buffer) throws(OpenSSLError) in
            guard let start = buffer.baseAddress else { throw OpenSSLError(intent, because: ["it is empty"]) }
            var position: UnsafePointer<UInt8>? = start
            let handle = X509Handle(owning: try check(d2i_X509(nil, &position, buffer.count), intent))
            guard position == start + buffer.count else {
                throw OpenSSLError(intent, because: ["there is something after its end"])
            }
            return handle
        }
    }

    func withPointer<R>(_ body: (OpaquePointer) throws(OpenSSLError) -> R) throws(OpenSSLError) -> R {
        try body(x509)
    }

    func der() throws(OpenSSLError) -> [UInt8] { try Self.der(of: x509) }

    static func der(of x509: OpaquePointer) throws(OpenSSLError) -> [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        let length = i2d_X509(x509, &encoded)
        guard length > 0, let encoded else { throw .drained("encode a certificate") }
        defer { CRYPTO_free(encoded, #file, #line) }
        return Array(UnsafeBufferPointer(start: encoded, count: Int(length)))
    }
}
