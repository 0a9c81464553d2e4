// SPDX-License-Identifier: Apache-2.0

internal import Core
public import PKI

/// A passphrase in a file.
public enum SecretLine {
    /// The file's first line, in memory that is wiped.
    ///
    /// - Throws: where the file is not there, others may read it, or its first line is empty.
    public static func read(_ path: String) throws(FrontProxyError) -> SecretBytes {
        guard let file = try KeyFile.read(path) else {
            throw FrontProxyError("there is no file \(path)", hint: "ls -l \(ShellWord.quoted(path))")
        }
        guard file.status.mode & 0o077 == 0 else {
            throw FrontProxyError(
                "\(path) holds a passphrase that others may read (mode \(String(file.status.mode, radix: 8)))",
                hint: "chmod 600 \(ShellWord.quoted(path))")
        }
        let line = unsafe file.contents.withBytes { bytes in
            let end = unsafe bytes.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
            return unsafe SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        }
        guard line.count > 0 else { throw FrontProxyError("\(path) begins with an empty line", hint: nil) }
        return line
    }
}
