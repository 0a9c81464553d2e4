// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubernetesClient
import PKI
import Testing

@testable import Operations

private let start = Date(timeIntervalSince1970: 1_900_000_000)

@Suite struct KeptServingCertificateTests {
    @Test(
        "a certificate is good until a third of its life is left, or 60 days",
        arguments: [
            (90, 0, nil), (90, 59, nil), (90, 61, "it ends on "), (90, 89, "it ends on "), (90, 91, "it expired on "),
            (730, 669, nil), (730, 671, "it ends on "), (3650, 3589, nil), (3650, 3591, "it ends on "),
        ] as [(Int, Int, String?)])
    func margin(_ days: Int, _ elapsed: Int, _ flaw: String?) throws {
        let minted = try MintedServingCertificate.make(namespace: "kube-system", days: days, now: start)
        let kept = KeptServingCertificate(
            minted.secret(), namespace: "kube-system", now: start.addingTimeInterval(Double(elapsed) * 86400))
        if let flaw {
            #expect(kept.flaw?.hasPrefix(flaw) == true, "\(kept.flaw ?? "good")")
        } else {
            #expect(kept.flaw == nil)
        }
        #expect(kept.authority?.pem == minted.authority)
    }

    @Test("a certificate of another namespace, or of another CA than its own ca.crt, is not good")
    func names() throws {
        let minted = try MintedServingCertificate.make(namespace: "monitoring", days: 90, now: start)
        #expect(KeptServingCertificate(minted.secret(), namespace: "monitoring", now: start).flaw == nil)
        #expect(
            KeptServingCertificate(minted.secret(), namespace: "kube-system", now: start).flaw
                == "it is not for metrics-server.kube-system.svc")
        let other = try MintedServingCertificate.make(namespace: "monitoring", days: 90, now: start)
        var secret = minted.secret()
        secret["data"]["ca.crt"] = other.secretData["ca.crt"]
        #expect(
            KeptServingCertificate(secret, namespace: "monitoring", now: start).flaw
                == "its own ca.crt does not verify it")
    }

    @Test("a Secret of somebody else's making is said to hold nothing that can be read")
    func foreign() throws {
        let unreadable = "the Secret holds no certificate and CA that can be read"
        let minted = try MintedServingCertificate.make(namespace: "kube-system", days: 90)
        var withoutCA = minted.secret()
        withoutCA["data"]["ca.crt"] = .null
        var broken = minted.secret()
        broken["data"]["tls.crt"] = "%%%"
        var text = minted.secret()
        text["data"]["tls.crt"] = .string(Data("no certificate".utf8).base64EncodedString())
        for secret in [[:], ["data": ["password": "eA=="]], withoutCA, broken, text] as [JSONValue] {
            let kept = KeptServingCertificate(secret, namespace: "kube-system")
            #expect(kept.flaw == unreadable)
        }
        let none = KeptServingCertificate(nil, namespace: "kube-system")
        #expect(none.flaw == "there is none yet")
        #expect(none.authority == nil && none.notBefore == nil)
    }

    @Test("a certificate without its key serves nothing")
    func key() throws {
        let minted = try MintedServingCertificate.make(namespace: "kube-system", days: 90, now: start)
        let other = try MintedServingCertificate.make(namespace: "kube-system", days: 90, now: start)
        for key in [other.secretData["tls.key"], "%%%", .null] {
            var secret = minted.secret()
            secret["data"]["tls.key"] = key
            #expect(
                KeptServingCertificate(secret, namespace: "kube-system", now: start).flaw
                    == "its tls.key is not the key of tls.crt")
        }
    }

    @Test("the CA's key is in no file of the Secret, and every CA has a key and a name of its own")
    func signingKey() throws {
        let minted = try MintedServingCertificate.make(namespace: "kube-system", days: 90, now: start)
        let later = try MintedServingCertificate.make(
            namespace: "kube-system", days: 90, now: start.addingTimeInterval(1))
        #expect(Set(minted.secretData.object?.keys.map { $0 } ?? []) == ["tls.crt", "tls.key", "ca.crt"])
        let key = try PrivateKey.read(pem: Array(minted.text("tls.key").utf8))
        let leaf = try #require(try Certificate.read(pem: Array(minted.text("tls.crt").utf8)).first)
        let authority = try #require(try Certificate.read(pem: Array(minted.authority.utf8)).first)
        let another = try #require(try Certificate.read(pem: Array(later.authority.utf8)).first)
        #expect(try leaf.matches(key))
        #expect(try !authority.matches(key))
        #expect(authority.publicKeyFingerprint != another.publicKeyFingerprint)
        #expect(authority.subject != another.subject)
    }
}

@Suite struct TrustedBundleTests {
    @Test("only the caBundle of an APIService that leads to this metrics-server counts")
    func whose() throws {
        let minted = try MintedServingCertificate.make(namespace: "kube-system", days: 90)
        let ours = apiService(minted.authority)
        #expect(TrustedBundle(ours, namespace: "kube-system").text == minted.authority)
        #expect(TrustedBundle(ours, namespace: "monitoring").text == nil)
        var other = ours
        other["spec"]["service"]["name"] = "prometheus-adapter"
        #expect(TrustedBundle(other, namespace: "kube-system").text == nil)
        #expect(TrustedBundle(nil, namespace: "kube-system").text == nil)
        let unreadable = TrustedBundle(apiService("not PEM"), namespace: "kube-system")
        #expect(unreadable.text == "not PEM")
        #expect(unreadable.certificates.isEmpty)
    }

    @Test("CAs are added once each, after those that are there, without those that have ended")
    func adding() throws {
        let ended = try MintedServingCertificate.make(namespace: "kube-system", days: 1, now: start)
        let former = try MintedServingCertificate.make(namespace: "kube-system", days: 90, now: start)
        let new = try MintedServingCertificate.make(namespace: "kube-system", days: 90, now: start)
        let bundle = TrustedBundle(apiService(ended.authority + former.authority), namespace: "kube-system")
        let others = try Certificate.read(pem: Array((former.authority + new.authority).utf8))
        #expect(
            bundle.adding(others, now: start.addingTimeInterval(2 * 86400)) == former.authority + new.authority)
        #expect(bundle.adding(others, now: start) == ended.authority + former.authority + new.authority)
    }
}

/// An APIService that trusts metrics-server by `bundle`.
func apiService(_ bundle: String?) -> JSONValue {
    var object: JSONValue = [
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": ["name": "v1beta1.metrics.k8s.io", "resourceVersion": "9"],
        "spec": [
            "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
            "service": ["name": "metrics-server", "namespace": "kube-system", "port": 443],
        ],
    ]
    if let bundle { object["spec"]["caBundle"] = .string(Data(bundle.utf8).base64EncodedString()) }
    return object
}
