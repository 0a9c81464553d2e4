// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import PKI
internal import SystemPackage

/// What stands in the way of front-proxy files: which file, why, and what to type.
public struct FrontProxyError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    public let hint: String?

    public init(_ description: String, hint: String?) {
        self.description = description
        self.hint = hint
    }

    /// A system call on a file that failed.
    static func system(_ doing: String, _ file: String, _ errno: Errno) -> FrontProxyError {
        let hint: String? =
            switch errno {
            case .permissionDenied, .notPermitted: "run it with sudo, or choose a folder of your own with --dir"
            case .noSpace: "df -h \(ShellWord.quoted(FilePath(file).removingLastComponent().string))"
            case .notDirectory: "ls -ld \(ShellWord.quoted(file))   # a folder is needed there"
            case .noSuchFileOrDirectory: "ls -ld \(ShellWord.quoted(FilePath(file).removingLastComponent().string))"
            case .readOnlyFileSystem: "choose a folder on a writable file system with --dir"
            default: nil
            }
        return FrontProxyError("could not \(doing) \(file): \(errno)", hint: hint)
    }

    /// What OpenSSL said about a file.
    static func crypto(_ file: String, _ error: OpenSSLError) -> FrontProxyError {
        let quoted = ShellWord.quoted(file)
        // What could not be read may be no PEM file; what was judged has been read.
        let isUnread = error.intent.hasPrefix("read ") && !error.hasWrongPassphrase
        let look = isUnread ? "head -1 \(quoted)   # a PEM file begins with -----BEGIN" : nil
        return FrontProxyError(
            "\(file): \(error)", hint: error.hint?.replacing("FILE", with: quoted, maxReplacements: 1) ?? look)
    }
}
