// SPDX-License-Identifier: Apache-2.0

import NIOSSL

/// What Go's TLS would have said where BoringSSL said something else.
enum GoTLSText {
    /// Alerts by the names that Go gives them (crypto/tls, alert.go).
    private static let alerts = [
        "INTERNAL_ERROR": "internal error", "BAD_CERTIFICATE": "bad certificate",
        "UNKNOWN_CA": "unknown certificate authority", "CERTIFICATE_EXPIRED": "expired certificate",
        "CERTIFICATE_UNKNOWN": "unknown certificate", "HANDSHAKE_FAILURE": "handshake failure",
        "PROTOCOL_VERSION": "protocol version not supported", "UNRECOGNIZED_NAME": "unrecognized name",
        "CERTIFICATE_REQUIRED": "certificate required", "DECRYPT_ERROR": "error decrypting message",
    ]

    static func error(_ error: any Error) -> String {
        let text = String(describing: error)
        if let found = text.firstRange(of: "_ALERT_") {
            let name = text[found.upperBound...].prefix { $0 == "_" || $0.isUppercase }
            return "remote error: tls: "
                + (alerts[String(name)] ?? String(name.lowercased().map { $0 == "_" ? " " : $0 }))
        }
        if text.contains("HTTP_REQUEST") { return "client sent an HTTP request to an HTTPS server" }
        if text.contains("WRONG_VERSION_NUMBER") { return "http: server gave HTTP response to HTTPS client" }
        return text.contains("EOF") || text.contains("uncleanShutdown") ? "EOF" : text
    }
}
