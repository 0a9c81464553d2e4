// SPDX-License-Identifier: Apache-2.0

/// What changed between two texts, as `diff -u` writes it.
public struct UnifiedDiff {
    private static let context = 3
    private let path: String
    private let old: [String]
    private let new: [String]

    public init(path: String, old: [UInt8], new: [UInt8]) {
        self.path = path
        self.old = Self.lines(old)
        self.new = Self.lines(new)
    }

    /// Lines with their ends; CR and LF are two characters only to bytes.
    private static func lines(_ bytes: [UInt8]) -> [String] {
        var parts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let last = parts.popLast() ?? []
        let lines = parts.map { String(decoding: $0 + [0x0A], as: UTF8.self) }
        return last.isEmpty ? lines : lines + [String(decoding: last, as: UTF8.self)]
    }

    private enum Line {
        case kept(String), removed(String), added(String)
    }

    /// Empty where the texts are the same.
    public func rendered() -> String {
        let script = script()
        var result = ""
        var index = 0
        var (oldLine, newLine) = (1, 1)
        while index < script.count {
            guard let first = script[index...].firstIndex(where: Self.isChange) else { break }
            let start = max(index, first - Self.context)
            for line in script[index..<start] { Self.count(line, &oldLine, &newLine) }
            var end = first + 1
            while let next = script[end...].firstIndex(where: Self.isChange), next - end <= 2 * Self.context {
                end = next + 1
            }
            end = min(script.count, end + Self.context)
            let (firstOld, firstNew) = (oldLine, newLine)
            var body = ""
            for line in script[start..<end] {
                switch line {
                case .kept(let text): body += Self.written(" ", text)
                case .removed(let text): body += Self.written("-", text)
                case .added(let text): body += Self.written("+", text)
                }
                Self.count(line, &oldLine, &newLine)
            }
            result +=
                "@@ -\(Self.span(firstOld, oldLine - firstOld)) +\(Self.span(firstNew, newLine - firstNew)) @@\n" + body
            index = end
        }
        return result.isEmpty ? "" : "--- \(path)\n+++ \(path)\n" + result
    }

    private func script() -> [Line] {
        let difference = new.difference(from: old)
        let removed = Set(
            difference.removals.map { change in
                if case .remove(let offset, _, _) = change { offset } else { -1 }
            })
        let inserted = Set(
            difference.insertions.map { change in
                if case .insert(let offset, _, _) = change { offset } else { -1 }
            })
        var lines: [Line] = []
        var (i, j) = (0, 0)
        while i < old.count || j < new.count {
            if i < old.count, removed.contains(i) {
                lines.append(.removed(old[i]))
                i += 1
            } else if j < new.count, inserted.contains(j) {
                lines.append(.added(new[j]))
                j += 1
            } else {
                lines.append(.kept(old[i]))
                i += 1
                j += 1
            }
        }
        return lines
    }

    private static func isChange(_ line: Line) -> Bool { if case .kept = line { false } else { true } }

    private static func count(_ line: Line, _ old: inout Int, _ new: inout Int) {
        switch line {
        case .kept:
            old += 1
            new += 1
        case .removed: old += 1
        case .added: new += 1
        }
    }

    private static func written(_ mark: String, _ line: String) -> String {
        line.utf8.last == 0x0A ? mark + line : mark + line + "\n\\ No newline at end of file\n"
    }

    private static func span(_ start: Int, _ count: Int) -> String {
        count == 1 ? "\(start)" : "\(count == 0 ? start - 1 : start),\(count)"
    }
}
