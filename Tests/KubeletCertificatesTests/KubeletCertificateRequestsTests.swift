// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubernetesClient
import PKI
import Testing

@testable import KubeletCertificates

/// What a Node's kubelet waits for, by the requests that are there.
struct KubeletCertificateRequestsTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    /// - Parameters:
    ///   - made: seconds before now.
    ///   - decision: a condition's type, and when it came, in seconds before now.
    private static func request(
        _ name: String, made: Double = 600, _ decision: (type: String, ago: Double)? = nil, isIssued: Bool = false,
        node: String = "a", signer: String = "kubernetes.io/kubelet-serving"
    ) -> JSONValue {
        func time(_ ago: Double) -> JSONValue { .string(now.addingTimeInterval(-ago).formatted(.iso8601)) }
        let conditions: [JSONValue] = (decision.map { [$0] } ?? []).map {
            ["type": .string($0.type), "reason": "R", "message": "m", "lastTransitionTime": time($0.ago)]
        }
        return [
            "metadata": ["name": .string(name), "creationTimestamp": time(made)],
            "spec": ["username": .string("system:node:\(node)"), "signerName": .string(signer)],
            "status": ["conditions": .array(conditions), "certificate": isIssued ? "LS0t" : .null],
        ]
    }

    private static func state(_ objects: [JSONValue]) -> KubeletRequestState {
        KubeletCertificateRequests(objects: objects, now: now).state(of: "a")
    }

    @Test("every state that a request can have, by its own name")
    func states() {
        #expect(Self.state([]) == .neverMade)
        #expect(Self.state([Self.request("r")]) == .pending("r"))
        #expect(Self.state([Self.request("r", ("Seen", 9))]) == .pending("r"))
        #expect(Self.state([Self.request("r", ("Approved", 5))]) == .underway("r"))
        #expect(Self.state([Self.request("r", ("Approved", 31))]) == .unsigned("r"))
        #expect(Self.state([Self.request("r", ("Approved", 5), isIssued: true)]) == .underway("r"))
        #expect(Self.state([Self.request("r", ("Approved", 31), isIssued: true)]) == .issued("r"))
        #expect(Self.state([Self.request("r", ("Denied", 5))]) == .denied("r", why: "R: m"))
        #expect(Self.state([Self.request("r", ("Failed", 5))]) == .failed("r", why: "R: m"))
    }

    @Test("a server's clock that goes ahead by minutes does not make it young for ever")
    func skewed() { #expect(Self.state([Self.request("r", ("Approved", -300))]) == .unsigned("r")) }

    @Test("of many, the newest counts; another Node's, another signer's and another user's do not")
    func newest() {
        let old = Self.request("z", made: 900)
        #expect(Self.state([old, Self.request("b", made: 60, ("Approved", 50))]) == .unsigned("b"))
        #expect(Self.state([Self.request("b", made: 60), old]) == .pending("b"))
        // Both in one second: the kubelet asks again after a denial.
        #expect(Self.state([Self.request("a"), Self.request("b", ("Denied", 600))]) == .pending("a"))
        #expect(Self.state([Self.request("b", ("Denied", 600)), Self.request("a")]) == .pending("a"))
        #expect(Self.state([Self.request("r", node: "other")]) == .neverMade)
        #expect(Self.state([Self.request("r", signer: "kubernetes.io/kube-apiserver-client-kubelet")]) == .neverMade)
    }

    @Test("beside pending requests those are shown that a kubelet waits for in vain, and no older ones")
    func stuck() {
        let requests = [
            Self.request("old", made: 900, ("Denied", 890)), Self.request("new", made: 60, ("Failed", 50)),
            Self.request("b", ("Approved", 500), node: "b"),
            Self.request("c", ("Approved", 5), isIssued: true, node: "c"),
            Self.request("d", node: "d"),
        ].map(KubeletCertificateRequest.init)
        let all = KubeletCertificateRequests(requests, now: Self.now)
        #expect(requests.filter(all.isStuck).map(\.name) == ["new", "b"])
    }

    @Test("what is kept of an issued one still says what it was")
    func kept() {
        let issued = Self.request("r", ("Approved", 60), isIssued: true)
        #expect(Self.state([KubeletCertificateRequest(issued).object]) == .issued("r"))
    }

    @Test("of a request that its maker has filled with a megabyte only what is judged is kept")
    func filled() throws {
        let filler = JSONValue.string(String(repeating: "A", count: 1 << 20))
        var request = Self.request("r")
        request["metadata"]["annotations"] = ["x": filler]
        request["spec"]["extra"] = ["x": [filler]]
        request["spec"]["request"] = filler
        request["spec"]["usages"] = .array([JSONValue](repeating: "server auth", count: 100_000))
        let kept = KubeletCertificateRequest(request)
        #expect(try kept.object.serialized().count < 32 << 10)
        #expect(kept.name == "r" && kept.state == .pending)
        #expect(throws: OpenSSLError.self) { try kept.certificateRequest() }
        #expect(kept.usages.contains { $0 != "server auth" })
    }
}
