// SPDX-License-Identifier: Apache-2.0

internal import PKI

/// Keys for files: what fails names the file.
extension PrivateKey {
    static func generated(_ algorithm: KeyAlgorithm, for file: String) throws(FrontProxyError) -> PrivateKey {
        do throws(OpenSSLError) { return try generate(algorithm) } catch { throw .crypto(file, error) }
    }

    func encoded(for file: String) throws(FrontProxyError) -> SecretBytes {
        do throws(OpenSSLError) { return try pem() } catch { throw .crypto(file, error) }
    }
}
