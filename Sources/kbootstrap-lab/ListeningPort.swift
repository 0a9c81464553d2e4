// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// What the kernel says of ports of this network namespace, without a connection that a server would log.
enum ListeningPort {
    /// Whether a process listens on it, on any address (proc(5), /proc/net/tcp: state 0A).
    static func isOpen(_ port: Int) -> Bool {
        let digits = String(port, radix: 16, uppercase: true)
        let end = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        return ["/proc/net/tcp", "/proc/net/tcp6"].contains { path in
            let table = (try? String(contentsOf: URL(filePath: path), encoding: .utf8)) ?? ""
            return table.split(separator: "\n").contains { line in
                let words = line.split(separator: " ")
                return words.count > 3 && words[1].hasSuffix(end) && words[3] == "0A"
            }
        }
    }
}
