// SPDX-License-Identifier: Apache-2.0

extension String {
    /// Text from elsewhere in one line, fit for a terminal and a table: line ends and tabs become one space, other
    /// control characters and those that turn text around become visible escapes.
    public var singleLine: String {
        guard unicodeScalars.contains(where: { Self.isBreak($0) || Self.isControl($0) }) else { return self }
        var line = ""
        var isAtBreak = false
        for scalar in unicodeScalars {
            if Self.isBreak(scalar) {
                isAtBreak = true
                continue
            }
            if isAtBreak, scalar != " ", !line.isEmpty, !line.hasSuffix(" ") { line += " " }
            isAtBreak = false
            line += Self.shown(scalar)
        }
        return line
    }

    /// The same, cut to `limit` Unicode scalars, of which many may make one character.
    public func singleLine(upTo limit: Int) -> String {
        let line = singleLine.unicodeScalars
        let cut = line.prefix(limit)
        return cut.endIndex == line.endIndex ? String(line) : String(cut) + "…"
    }

    /// Text of several lines from elsewhere, fit for a terminal: control characters become visible escapes, line ends
    /// and tabs stay.
    public var escapingControls: String {
        guard unicodeScalars.contains(where: { Self.isControl($0) }) else { return self }
        return unicodeScalars.reduce(into: "") { $0 += Self.shown($1) }
    }

    private static func shown(_ scalar: Unicode.Scalar) -> String {
        isControl(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }

    private static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\t" || scalar == "\n" || scalar == "\r"
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
