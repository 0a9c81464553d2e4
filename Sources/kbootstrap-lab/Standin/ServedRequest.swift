// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import PKI

/// A request as it arrived, with the certificates of its connection.
struct ServedRequest: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    /// Leaf first, as presented in the handshake; nobody has judged them.
    let certificates: [Certificate]

    let path: String
    let query: [(name: String, value: String)]

    init(head: HTTPRequestHead, body: ByteBuffer = ByteBuffer(), certificates: [Certificate] = []) {
        (self.head, self.body, self.certificates) = (head, body, certificates)
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.map { $0.percentDecoded } ?? "/"
        let pairs = parts.count > 1 ? parts[1].split(separator: "&") : []
        query = pairs.map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (sides[0].percentDecoded, sides.count > 1 ? sides[1].plusAsSpace.percentDecoded : "")
        }
    }

    func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    var bearerToken: String? {
        guard let header = head.headers.first(name: "authorization") else { return nil }
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }
}

/// An answer, whole.
struct ServedResponse: Sendable {
    let status: HTTPResponseStatus
    var headers: HTTPHeaders
    let body: ByteBuffer

    static func json(_ body: ByteBuffer, status: HTTPResponseStatus = .ok) -> ServedResponse {
        ServedResponse(status: status, headers: ["Content-Type": "application/json"], body: body)
    }

    static func text(_ text: String, status: HTTPResponseStatus = .ok) -> ServedResponse {
        ServedResponse(
            status: status,
            headers: ["Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"],
            body: ByteBuffer(string: text))
    }
}

extension Substring {
    fileprivate var plusAsSpace: Substring { Substring(map { $0 == "+" ? " " : $0 }) }

    /// With `%2F` and the like resolved; what is no valid escape stays as it is.
    var percentDecoded: String {
        guard contains("%") else { return String(self) }
        var decoded: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.count == 2, let value = UInt8(digits, radix: 16) {
                decoded.append(value)
                rest = rest.dropFirst(2)
            } else {
                decoded.append(byte)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
