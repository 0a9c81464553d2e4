// SPDX-License-Identifier: Apache-2.0

import Synchronization

@testable import kbootstrap_lab

/// A log that is kept.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    var log: KlogLine { KlogLine(verbosity: 4) { self.append($0) } }

    func append(_ line: String) { lines.withLock { $0.append(line) } }
}
