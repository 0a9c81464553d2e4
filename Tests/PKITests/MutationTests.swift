// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import PKI
import Testing

/// Damaged input of every kind: the readers end with an error or a value, never with a crash, and take little memory.
///
/// Seeded, so that a finding comes again. By hand for as long as one likes:
///
///     KBOOTSTRAP_FUZZ_SECONDS=3600 scripts/test --filter MutationTests
struct MutationTests {
    private static let seconds = Double(ProcessInfo.processInfo.environment["KBOOTSTRAP_FUZZ_SECONDS"] ?? "") ?? 3

    @Test("the readers of certificates, keys, requests and bundles survive what comes")
    func survive() throws {
        let samples = try samples()
        var random = Seeded(state: UInt64(ProcessInfo.processInfo.environment["KBOOTSTRAP_FUZZ_SEED"] ?? "") ?? 1)
        let before = residentMemory()
        let end = Date(timeIntervalSinceNow: Self.seconds)
        var read = 0
        repeat {
            let bytes = mutated(samples[Int(random.next() % UInt64(samples.count))], &random)
            read += accepted(bytes)
        } while Date() < end
        // Some survive the damage: else the mutations would only ever reach the first check.
        #expect(read > 0)
        #expect(residentMemory() - before < 100 << 20)
    }

    /// How many of the readers made something of it.
    private func accepted(_ bytes: [UInt8]) -> Int {
        var count = 0
        if let found = try? Certificate.read(pem: bytes) { count += found.count }
        if (try? Certificate(der: bytes)) != nil { count += 1 }
        if (try? CertificateRequest.read(pem: bytes)) != nil { count += 1 }
        bytes.withUnsafeBytes { raw in
            let pem = SecretBytes(copying: raw)
            let word = Array("x".utf8).span.withUnsafeBytes { SecretBytes(copying: $0) }
            if let bundle = try? CredentialBundle.open(bytes, passphrase: word) {
                count += bundle.authorities.count + 1
            }
            if let key = try? PrivateKey.read(pem: pem, passphrase: consume word) {
                count += key.algorithmName.isEmpty ? 0 : 1
            }
        }
        return count
    }

    private func samples() throws -> [[UInt8]] {
        let pair = try Pair(.ecdsaP256)
        let request = try CertificateRequest.create(
            commonName: "x", usages: [.clientAuth], names: [.dns("a.example")], key: pair.key)
        let bundle = try Array("x".utf8).withUnsafeBytes { word in
            try CredentialBundle.seal(
                certificate: pair.leaf, key: pair.key, authorities: [pair.authority.certificate], name: "x",
                passphrase: SecretBytes(copying: word))
        }
        let key = try pair.key.pem().withBytes { Array($0) }
        let folder = try ScratchFolder()
        try folder.openssl("genrsa", "-traditional", "-aes128", "-passout", "pass:x", "-out", "key.pem", "1024")
        return [
            Array(pair.leaf.pem.utf8), pair.leaf.der, Array((pair.leaf.pem + pair.authority.certificate.pem).utf8), key,
            Array(request.pem.utf8), bundle, try folder.read("key.pem"), [], Array("-----BEGIN CERTIFICATE-----".utf8),
        ]
    }

    private func mutated(_ sample: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = sample
        for _ in 0..<(random.next() % 4) {
            guard !bytes.isEmpty else { return bytes }
            let place = Int(random.next() % UInt64(bytes.count))
            switch random.next() % 6 {
            case 0: bytes[place] ^= UInt8(1 << (random.next() % 8))
            case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 2: bytes.removeSubrange(place...)
            case 3: bytes.remove(at: place)
            case 4: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
            // A length that promises more than there is.
            default: bytes.replaceSubrange(place..<min(place + 3, bytes.count), with: [0x84, 0xFF, 0xFF])
            }
        }
        return bytes
    }

    /// Bytes of memory that are in use, of Linux's own account.
    private func residentMemory() -> Int {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        return (pages.flatMap { Int($0[1]) } ?? 0) * 4096
    }

    /// SplitMix64, whose sequence its seed decides.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
