// SPDX-License-Identifier: Apache-2.0

import Core
import Foundation
import KubernetesClient
import Verification

/// Evidence of real clusters, for tests that hold of all of it.
enum RecordedEvidence {
    struct Case: Sendable, CustomStringConvertible {
        let name: String
        /// What it has to be called; `none` where all is well.
        let code: String
        let evidence: Evidence
        var description: String { name }

        var report: VerificationReport { Self.report(evidence) }

        static func report(_ evidence: Evidence) -> VerificationReport {
            VerificationReport(
                judging: VerificationRecord(server: "https://10.0.0.1:6443", context: nil, evidence: evidence))
        }
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    /// What `kbootstrap verify --save` has written: `NAME.CODE.json`.
    static let saved: [Case] = names(in: "Evidence").filter { $0.hasSuffix(".json") }.compactMap { name in
        let parts = name.split(separator: ".")
        guard let bytes = try? Data(contentsOf: folder.appending(path: "Evidence/\(name)")),
            let record = try? VerificationRecord(json: Array(bytes), source: name), parts.count == 3
        else { return nil }
        return Case(name: String(parts[0]), code: String(parts[1]), evidence: record.evidence)
    }

    /// All of it.
    static let all = saved + Corpus.cases

    static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: self.folder.appending(path: folder).path)) ?? [])
            .sorted()
    }

    static func text(_ path: String) -> String? {
        (try? Data(contentsOf: folder.appending(path: path))).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension JSONValue {
    /// The same value with every text in it changed.
    func mappingText(_ change: (String) -> String) -> JSONValue {
        switch self {
        case .string(let text): .string(change(text))
        case .array(let items): .array(items.map { $0.mappingText(change) })
        case .object(let members): .object(members.mapValues { $0.mappingText(change) })
        case .null, .bool, .int, .double: self
        }
    }
}

/// Chance that comes out the same way every time (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func number(_ least: Int, _ most: Int) -> Int { Int.random(in: least...most, using: &self) }

    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    mutating func one<Choice>(_ choices: [Choice]) -> Choice { choices[number(0, choices.count - 1)] }

    mutating func one(_ choices: [JSONValue]) -> JSONValue { choices[number(0, choices.count - 1)] }
}
