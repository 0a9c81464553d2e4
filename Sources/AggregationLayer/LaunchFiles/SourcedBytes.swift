// SPDX-License-Identifier: Apache-2.0

/// Bytes that know where in a file each of them stands: what remains of text after continuations are joined.
struct SourcedBytes: Sendable {
    private(set) var bytes: [UInt8] = []
    /// The offset of each byte in the file.
    private(set) var offsets: [Int] = []

    init() {}

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = Array(bytes)
        offsets = Array(bytes.indices)
    }

    var count: Int { bytes.count }
    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ byte: UInt8, at offset: Int) {
        bytes.append(byte)
        offsets.append(offset)
    }

    mutating func append(_ other: SourcedBytes) {
        bytes += other.bytes
        offsets += other.offsets
    }

    mutating func setLast(to byte: UInt8) { if !bytes.isEmpty { bytes[bytes.count - 1] = byte } }

    mutating func removeLast(_ count: Int) {
        bytes.removeLast(count)
        offsets.removeLast(count)
    }

    func slice(_ range: Range<Int>) -> SourcedBytes {
        var part = SourcedBytes()
        part.bytes = Array(bytes[range])
        part.offsets = Array(offsets[range])
        return part
    }

    /// Without blanks at both ends.
    func trimmed() -> SourcedBytes {
        let start = bytes.firstIndex { !$0.isBlank } ?? bytes.count
        let end = bytes.lastIndex { !$0.isBlank }.map { $0 + 1 } ?? start
        return slice(start..<max(start, end))
    }

    /// The offset in the file of the byte at `index`; past the end, of what follows the last one.
    func offset(_ index: Int) -> Int {
        index < offsets.count ? offsets[index] : (offsets.last.map { $0 + 1 } ?? 0)
    }
}

extension UInt8 {
    /// systemd's WHITESPACE: space, tab, line ends.
    var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}

/// Turns byte offsets into lines and columns.
struct LineIndex: Sendable {
    private let bytes: [UInt8]
    /// The offset at which each line begins.
    let starts: [Int]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var starts = [0]
        for (offset, byte) in bytes.enumerated() {
            let endsLine = byte == 0x0A || (byte == 0x0D && (offset + 1 == bytes.count || bytes[offset + 1] != 0x0A))
            if endsLine { starts.append(offset + 1) }
        }
        self.starts = starts
    }

    /// The line that holds `offset`, from 0.
    func line(of offset: Int) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    func place(of offset: Int, in file: String) -> LaunchPlace {
        let line = line(of: offset)
        let before = bytes[starts[line]..<max(starts[line], min(offset, bytes.count))]
        // Continuation bytes of UTF-8 begin no character.
        return LaunchPlace(file: file, line: line + 1, column: before.count { $0 & 0xC0 != 0x80 } + 1)
    }
}
