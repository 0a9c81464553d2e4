// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Base64 as Go's library takes it: line ends anywhere, the standard alphabet, and exact padding.
enum StrictBase64 {
    static func bytes(_ text: String) -> [UInt8]? {
        let characters = text.utf8.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        let digits = characters.prefix { $0 != UInt8(ascii: "=") }
        let padding = characters[digits.count...]
        guard characters.count.isMultiple(of: 4), padding.count < 3, padding.allSatisfy({ $0 == UInt8(ascii: "=") }),
            digits.allSatisfy(isDigit), let data = Data(base64Encoded: Data(characters))
        else { return nil }
        return Array(data)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
