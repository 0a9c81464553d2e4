// SPDX-License-Identifier: Apache-2.0

/// Arguments one a line, as `apiserver-flags` prints them, or with NULs between them, as `/proc/PID/cmdline` has them.
struct PlainArguments {
    static func read(_ bytes: [UInt8], path: String) throws(LaunchFileError) -> [LaunchArgument] {
        let lines = LineIndex(bytes)
        if bytes.contains(0) {
            var start = 0
            var arguments: [LaunchArgument] = []
            for part in bytes.split(separator: 0, omittingEmptySubsequences: false) {
                defer { start += part.count + 1 }
                // The last NUL ends the last argument.
                guard start < bytes.count else { continue }
                arguments.append(argument(part, lines.place(of: start, in: path), range: nil))
            }
            return arguments
        }
        var arguments: [LaunchArgument] = []
        for range in SystemdUnitFile.physicalLines(of: bytes) {
            let line = SourcedBytes(bytes[range]).trimmed()
            guard let first = line.bytes.first, first != UInt8(ascii: "#") else { continue }
            // A shell's continuation, as people paste it.
            let body = line.bytes.last == UInt8(ascii: "\\") ? line.slice(0..<line.count - 1).trimmed() : line
            var words = SystemdWords(body)
            do throws(SystemdWords.Unbalanced) {
                while let word = try words.next() {
                    let start = body.offset(word.range.lowerBound)
                    let end = body.offset(word.range.upperBound - 1) + 1
                    arguments.append(
                        LaunchArgument(
                            text: word.text, place: lines.place(of: start, in: path),
                            source: String(decoding: bytes[start..<end], as: UTF8.self), range: start..<end,
                            spelling: .word))
                }
            } catch {
                throw LaunchFileError(
                    "\(path):\(lines.line(of: range.lowerBound) + 1): a quote is not closed",
                    hint: "one argument a line, each with its quotes closed")
            }
        }
        return arguments
    }

    private static func argument(_ bytes: ArraySlice<UInt8>, _ place: LaunchPlace, range: Range<Int>?) -> LaunchArgument
    {
        let text = String(decoding: bytes, as: UTF8.self)
        return LaunchArgument(text: text, place: place, source: text, range: range, spelling: .word)
    }
}
