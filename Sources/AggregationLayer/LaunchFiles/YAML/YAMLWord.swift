// SPDX-License-Identifier: Apache-2.0

/// Text as a YAML scalar on one line.
enum YAMLWord {
    /// As it is where YAML reads it back as the same text, and in double quotes elsewhere.
    ///
    /// - Parameter isInFlow: inside brackets, where commas and brackets end a word.
    static func written(_ text: String, isInFlow: Bool = false) -> String {
        isPlain(text, isInFlow: isInFlow) ? text : quoted(text)
    }

    /// In double quotes, as JSON writes it.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                if scalar.value < 0x20 || (0x7F...0xA0).contains(scalar.value) || scalar.value == 0xFEFF
                    || (0x2028...0x2029).contains(scalar.value)
                {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }

    private static func isPlain(_ text: String, isInFlow: Bool) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, last != UInt8(ascii: ":") else { return false }
        let startsWell =
            isLetter(first) || (text.hasPrefix("--") && text.utf8.count > 2 && text != "---")
            || first == UInt8(ascii: "/")
        guard startsWell, !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        else { return false }
        return text.utf8.allSatisfy { byte in
            isLetter(byte) || (0x30...0x39).contains(byte) || "-_./=+@%:".utf8.contains(byte)
                || (!isInFlow && byte == UInt8(ascii: ","))
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
