// SPDX-License-Identifier: Apache-2.0

/// Lines with `*` for any text, and `...` for any number of lines.
enum LinePattern {
    static func match(_ expected: [String], against text: String) -> Bool {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Substring($0) }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return match(expected[...], lines[...])
    }

    private static func match(_ expected: ArraySlice<String>, _ lines: ArraySlice<Substring>) -> Bool {
        guard let first = expected.first else { return lines.isEmpty }
        if first == "..." {
            return (lines.startIndex...lines.endIndex).contains { match(expected.dropFirst(), lines[$0...]) }
        }
        guard let line = lines.first else { return false }
        return glob(Array(first), Array(line)) && match(expected.dropFirst(), lines.dropFirst())
    }

    /// Greedy matching with one step back, linear in practice.
    private static func glob(_ pattern: [Character], _ text: [Character]) -> Bool {
        var p = 0
        var t = 0
        var star: (p: Int, t: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                p = last.p + 1
                t = last.t + 1
                star = (last.p, last.t + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
