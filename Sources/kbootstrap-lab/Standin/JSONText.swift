// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Writes JSON straight into a buffer: a list of 150,000 pods is one body, and no tree of values is built for it.
struct JSONText {
    private(set) var buffer: ByteBuffer

    init(capacity: Int = 1024) { buffer = ByteBufferAllocator().buffer(capacity: capacity) }

    /// Text that is JSON already.
    mutating func raw(_ text: String) { buffer.writeString(text) }

    mutating func string(_ text: String) {
        buffer.writeInteger(UInt8(ascii: "\""))
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
            buffer.writeString(text)
        } else {
            for byte in text.utf8 { escaped(byte) }
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    mutating func object(_ pairs: [String: String]) {
        raw("{")
        for (index, pair) in pairs.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { raw(",") }
            string(pair.key)
            raw(":")
            string(pair.value)
        }
        raw("}")
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5C: buffer.writeBytes([0x5C, byte])
        case 0x0A: raw("\\n")
        case 0x0D: raw("\\r")
        case 0x09: raw("\\t")
        case ..<0x20: raw("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
        default: buffer.writeInteger(byte)
        }
    }
}
