// SPDX-License-Identifier: Apache-2.0

/// A word as a POSIX shell must see it typed.
public enum ShellWord {
    /// The text as it is where that is safe, and in single quotes elsewhere.
    public static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "%+,-./:=@_".utf8.contains(byte)
            }
        return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
