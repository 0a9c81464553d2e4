// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Core
import PKI

/// A file of certificates that is named on the command line.
enum CertificateFile {
    /// - Throws: where it cannot be read, or holds none.
    static func read(_ path: String) throws -> [Certificate] {
        let bytes = try LaunchFile.bytes(of: path)
        do { return try Certificate.read(pem: bytes) } catch {
            throw KubeletsUnknown(
                description: "\(path): \(error.description)",
                hint: "head -1 \(ShellWord.quoted(path))   # a PEM file begins with -----BEGIN")
        }
    }
}
