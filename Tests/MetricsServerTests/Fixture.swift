// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubernetesClient
import Testing

/// Files beside the tests.
enum Fixture {
    private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    static func text(_ name: String) throws -> String {
        try String(contentsOf: here.appending(path: "Fixtures/\(name)"), encoding: .utf8)
    }

    static func bytes(_ name: String) throws -> [UInt8] { Array(try text(name).utf8) }

    static func json(_ name: String) throws -> JSONValue { try JSONValue.parse(bytes(name)) }

    /// The words of each line: what a table says, whatever its columns' widths.
    static func rows(_ name: String) throws -> [[String]] {
        try text(name).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    /// Compares with a golden file. One that is missing fails; with `RECORD=1` it is written, and the run that writes
    /// it fails too, so that no run is green by recording.
    static func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = here.appending(path: "Golden/\(name)")
        let golden = try? String(contentsOf: file, encoding: .utf8)
        if ProcessInfo.processInfo.environment["RECORD"] == "1", golden != text {
            try text.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("recorded Golden/\(name)", sourceLocation: sourceLocation)
        } else if let golden {
            #expect(text == golden, "Golden/\(name), recorded anew by RECORD=1", sourceLocation: sourceLocation)
        } else {
            Issue.record("Golden/\(name) is missing; RECORD=1 writes it", sourceLocation: sourceLocation)
        }
    }

    /// The present of the fixtures.
    static let now = try? Date("2026-11-23T09:00:00Z", strategy: .iso8601)
}
