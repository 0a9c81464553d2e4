// SPDX-License-Identifier: Apache-2.0

/// The kinds of keys that are made. All are read by kube-apiserver and by every metrics-server.
public enum KeyAlgorithm: String, CaseIterable, Sendable, Codable {
    case ecdsaP256 = "ecdsa-p256"
    case ecdsaP384 = "ecdsa-p384"
    case rsa2048 = "rsa-2048"
    case rsa3072 = "rsa-3072"
    case rsa4096 = "rsa-4096"

    /// OpenSSL's name of the curve; nil for RSA.
    var curve: String? {
        switch self {
        case .ecdsaP256: "P-256"
        case .ecdsaP384: "P-384"
        case .rsa2048, .rsa3072, .rsa4096: nil
        }
    }

    /// The length of the modulus, in bits; nil for curves.
    var modulusBits: Int? {
        switch self {
        case .rsa2048: 2048
        case .rsa3072: 3072
        case .rsa4096: 4096
        case .ecdsaP256, .ecdsaP384: nil
        }
    }
}

extension KeyAlgorithm {
    /// The algorithm in the words that certificates are described with, such as `ECDSA P-256` or `RSA 2048`.
    public var displayName: String {
        if let curve { "ECDSA \(curve)" } else { "RSA \(modulusBits ?? 0)" }
    }
}
