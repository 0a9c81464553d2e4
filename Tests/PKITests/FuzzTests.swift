// SPDX-License-Identifier: Apache-2.0

import Foundation
import PKI
import Testing

/// Damaged inputs, made from the corpus with a fixed seed. `FuzzedReaders.swift` says how to go on for hours.
@Suite(.serialized)
struct FuzzTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fuzz/Corpus").standardizedFileURL

    private static func inputs() throws -> [[UInt8]] {
        try FileManager.default.contentsOfDirectory(at: corpus, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }.map { Array(try Data(contentsOf: $0)) }
    }

    @Test("each input of the corpus is read by one reader at least")
    func corpusIsReadable() throws {
        let inputs = try Self.inputs()
        try #require(inputs.count >= 15)
        for bytes in inputs {
            let isRead =
                (try? Certificate(der: bytes)) != nil || (try? Certificate.read(pem: bytes)) != nil
                || (try? CertificateRequest(der: bytes)) != nil || (try? CertificateRequest.read(pem: bytes)) != nil
                || (try? PrivateKey.read(pem: secret(bytes), passphrase: secret("secret")).algorithmName) != nil
                || refusal { _ = try CredentialBundle.open(bytes, passphrase: secret("secret")) }.map {
                    $0.description.contains("RC2")  // legacy.p12 is there to be refused
                } ?? true
            #expect(isRead)
        }
    }

    @Test("2,000 mutants of the corpus: no crash, no hang, no memory kept")
    func mutants() throws {
        let inputs = try Self.inputs()
        for bytes in inputs { FuzzedReaders.read(bytes) }  // what OpenSSL fetches once, it keeps
        let before = try peakMegabytes()
        var mutator = Mutator(seed: 20_261_123)
        for round in 0..<2_000 {
            FuzzedReaders.read(mutator.mutate(inputs[round % inputs.count], with: inputs))
        }
        // Other tests run in this process, too; the figure is for what goes out of hand.
        #expect(try peakMegabytes() - before < 100)
    }

    @Test("noise of any length up to 4 KiB: no crash")
    func noise() {
        var mutator = Mutator(seed: 7)
        for length in stride(from: 0, to: 4096, by: 41) { FuzzedReaders.read(mutator.noise(length)) }
    }

    /// The most memory that this process ever had, in MB.
    private func peakMegabytes() throws -> Int {
        let status = try String(contentsOf: URL(filePath: "/proc/self/status"), encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.filter(\.isNumber))) / 1024
    }
}

/// Damages bytes in the ways of fuzzers, the same ways for the same seed.
private struct Mutator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }

    mutating func noise(_ length: Int) -> [UInt8] { (0..<length).map { _ in UInt8(truncatingIfNeeded: next()) } }

    mutating func mutate(_ input: [UInt8], with others: [[UInt8]]) -> [UInt8] {
        var bytes = input
        for _ in 0...below(3) where !bytes.isEmpty {
            let at = below(bytes.count)
            switch below(7) {
            case 0: bytes[at] ^= 1 << UInt8(below(8))
            case 1: bytes[at] = [0x00, 0x7F, 0x80, 0x84, 0xFF, 0x30, 0x0A][below(7)]
            case 2: bytes.removeSubrange(at...)
            case 3: bytes.removeSubrange(at..<min(at + 1 + below(16), bytes.count))
            case 4: bytes.insert(contentsOf: noise(1 + below(16)), at: at)
            case 5: bytes.insert(contentsOf: bytes[at..<min(at + 1 + below(64), bytes.count)], at: at)
            default: bytes.replaceSubrange(at..., with: others[below(others.count)].dropFirst(at))
            }
        }
        return bytes
    }
}
