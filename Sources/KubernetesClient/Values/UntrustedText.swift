// SPDX-License-Identifier: Apache-2.0

extension String {
    /// Text from elsewhere, fit for a terminal: control characters become visible escapes, line ends and tabs stay.
    public var escapingControls: String {
        guard unicodeScalars.contains(where: { Self.isControl($0) }) else { return self }
        var escaped = ""
        for scalar in unicodeScalars {
            if Self.isControl(scalar) {
                escaped += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// The text in one line, cut to what a reader takes in.
    var singleLine: String {
        let line = split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count > 500 ? line.prefix(500) + "…" : line
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case ..<0x20, 0x7F...0x9F: true
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // turn the direction of text around
        case 0x2028, 0x2029: true  // end lines, for some terminals
        default: false
        }
    }
}
