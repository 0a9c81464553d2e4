// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import PKI
import Testing

/// Lifetimes that people type, sensible or not.
struct LifetimeTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)
    private static let secondsToTheEnd = 253_402_300_799.0 - 1_800_000_000

    private func profile(lifetime: TimeInterval) throws -> CertificateProfile {
        try CertificateProfile(commonName: "x", purpose: .leaf([]), lifetime: lifetime, now: Self.now)
    }

    @Test("a lifetime in seconds counts from now", arguments: [1, 3600, 8760 * 3600, secondsToTheEnd] as [Double])
    func lifetimes(_ seconds: Double) throws {
        let profile = try profile(lifetime: seconds)
        #expect(profile.notAfter == Self.now.addingTimeInterval(seconds))
        #expect(profile.notBefore == Self.now.addingTimeInterval(-300))
    }

    @Test(
        "an absurd lifetime is refused",
        arguments: [
            0, -1, -1e18, secondsToTheEnd + 1, 1e12, 1e300, .infinity, -.infinity, .nan, .greatestFiniteMagnitude,
        ] as [Double])
    func absurd(_ seconds: Double) {
        #expect(throws: OpenSSLError.self) { _ = try profile(lifetime: seconds) }
    }

    @Test("days beyond X.509 are refused when the certificate is made, not wrapped", arguments: [Int.max, Int.min, -1])
    func absurdDays(_ days: Int) throws {
        let profile = CertificateProfile(commonName: "x", purpose: .authority, days: days, now: Self.now)
        let error = try #require(
            refusal { _ = try CertificateAuthority.create(profile, key: .generate(.ecdsaP256)) })
        #expect(error.description.hasPrefix("could not choose a certificate's dates: "))
    }

    @Test("dates before 1950 are refused")
    func ancient() throws {
        var profile = CertificateProfile(commonName: "x", purpose: .authority, days: 1, now: Self.now)
        profile.notBefore = Date(timeIntervalSince1970: -631_152_001)
        let early = profile
        #expect(
            refusal { _ = try CertificateAuthority.create(early, key: .generate(.ecdsaP256)) }?.description
                .contains("1950") == true)
    }

    @Test("a leaf that clipping leaves no time is refused")
    func clippedAway() throws {
        let authority = try CertificateAuthority.create(
            CertificateProfile(commonName: "ca", purpose: .authority, days: 1, now: Self.now),
            key: .generate(.ecdsaP256))
        let late = try CertificateProfile(
            commonName: "x", purpose: .leaf([]), lifetime: 60, now: Self.now.addingTimeInterval(2 * 86_400))
        let key = try PrivateKey.generate(.ecdsaP256)
        #expect(
            refusal { _ = try authority.issue(late, for: key) }?.reasons
                == ["the certificate would end before it begins"])
    }
}
