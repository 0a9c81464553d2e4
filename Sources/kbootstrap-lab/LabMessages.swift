// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// What the lab says while it starts, on stderr.
struct LabMessages: Sendable {
    let isQuiet: Bool
    private let started = ContinuousClock.now

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    func step(_ text: String) {
        guard !isQuiet else { return }
        let (seconds, attoseconds) = (ContinuousClock.now - started).components
        Self.write("lab: \(seconds).\(attoseconds / 100_000_000_000_000_000) s  \(text)\n")
    }

    static func write(_ text: String) {
        _ = try? FileDescriptor.standardError.writeAll(Array(text.utf8))
    }
}
