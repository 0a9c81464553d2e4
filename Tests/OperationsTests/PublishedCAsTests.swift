// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import PKI
import Testing

@testable import Operations

/// What stands in ConfigMap extension-apiserver-authentication, and what is left of it when it is pruned.
@Suite struct PublishedCAsTests {
    private static func ca() throws -> Certificate {
        let pem = try MintedServingCertificate.make(namespace: "kube-system", days: 1).authority
        return try #require(try Certificate.read(pem: Array(pem.utf8)).first)
    }

    private static func published(_ text: String) -> PublishedCAs {
        PublishedCAs(["data": ["requestheader-client-ca-file": .string(text)]])
    }

    @Test("the others go, what stays keeps its own text")
    func others() throws {
        let (kept, old) = (try Self.ca(), try Self.ca())
        let list = Self.published("# a comment\n" + old.pem + "\n" + kept.pem)
        #expect(list.contains(kept) && list.contains(old))
        #expect(list.certificates(except: [kept]).map(\.fingerprint) == [old.fingerprint])
        #expect(list.text(keeping: [kept]) == kept.pem)
        #expect(list.unreadable == 0)
    }

    @Test("a CA that cannot be read here is nobody's to take out, and hides no other")
    func unreadable() throws {
        let (kept, old) = (try Self.ca(), try Self.ca())
        let unknown = "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n"
        let list = Self.published(unknown + old.pem + kept.pem)
        #expect(list.unreadable == 1)
        #expect(list.certificates(except: [kept]).count == 1)
        #expect(list.text(keeping: [kept]) == unknown + kept.pem)
    }

    @Test(
        "what holds no CA is an empty list",
        arguments: ["", "-----BEGIN CERTIFICATE-----\nMAMCAQA=", "-----END CERTIFICATE-----"])
    func nothing(_ text: String) throws {
        let list = Self.published(text)
        #expect(list.certificates(except: []).isEmpty && list.unreadable == 0)
        #expect(!list.contains(try Self.ca()))
    }

    @Test("a list of 550 CAs is read and pruned in well under a second", .timeLimit(.minutes(1)))
    func many() throws {
        let (kept, old) = (try Self.ca(), try Self.ca())
        let list = Self.published(String(repeating: old.pem, count: 550) + kept.pem)
        #expect(list.certificates(except: [kept]).count == 550)
        #expect(list.text(keeping: [kept]) == kept.pem)
    }
}
