// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// Why no backend is ready: by the pods' own state, their events, and the Service's ports.
@Suite struct WorkloadTests {
    private static func pod(
        _ phase: String, waiting: JSONValue? = nil, ready: Bool = false, conditions: [JSONValue] = []
    ) -> JSONValue {
        var pod: JSONValue = [
            "metadata": ["name": "ms-1", "namespace": "kube-system"],
            "status": [
                "phase": .string(phase),
                "conditions": .array(conditions + [["type": "Ready", "status": ready ? "True" : "False"]]),
            ],
        ]
        if let waiting {
            pod["status"]["containerStatuses"] = [["name": "metrics-server", "state": ["waiting": waiting]]]
        }
        return pod
    }

    private static func event(_ reason: String, _ message: String, of pod: String = "ms-1") -> JSONValue {
        [
            "reason": .string(reason), "message": .string(message),
            "involvedObject": ["kind": "Pod", "name": .string(pod)],
        ]
    }

    private func report(_ pod: JSONValue, _ events: [JSONValue] = []) -> VerificationReport {
        let evidence = evidence {
            $0[.endpoints] = .object(["subsets": []])
            $0[.pods] = .object(["items": [pod]])
            $0[.events] = .object(["items": .array(events)])
        }
        return VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence))
    }

    static let waiting: [(JSONValue, [JSONValue], String, String)] = [
        (
            ["reason": "CreateContainerConfigError", "message": "secret \"x\" not found"], [], "KB318",
            "secret \"x\" not found"
        ),
        (
            ["reason": "ContainerCreating"],
            [event("FailedMount", "MountVolume.SetUp failed for volume \"tls\": secret \"x\" not found")], "KB318",
            "FailedMount: MountVolume.SetUp failed"
        ),
        (
            ["reason": "ContainerCreating"], [event("FailedCreatePodSandBox", "network: cni", of: "another")], "KB314",
            "pod ms-1 is Pending"
        ),
        (["reason": "ContainerCreating"], [], "KB314", "pod ms-1 is Pending"),
        (["reason": "ErrImagePull", "message": "not found"], [], "KB312", "not found"),
        (["reason": "CrashLoopBackOff"], [], "KB313", "keeps ending"),
    ]

    @Test("a container that is not there yet", arguments: waiting)
    func containers(_ waiting: JSONValue, _ events: [JSONValue], _ code: String, _ words: String) throws {
        let root = try #require(report(Self.pod("Pending", waiting: waiting), events).rootCauses.first)
        #expect(root.code.rawValue == code)
        #expect(root.summary.contains(words))
    }

    @Test(
        "a volume that comes late, and a warning of long ago, are no cause",
        arguments: [
            ("2027-01-15T07:59:00Z", "2027-01-15T07:59:30Z", "KB318"),
            ("2027-01-15T07:59:50Z", "2027-01-15T07:59:55Z", "KB319"),
            ("2027-01-15T07:00:00Z", "2027-01-15T07:50:00Z", "KB314"),
        ])
    func late(_ created: String, _ warned: String, _ code: String) throws {
        var pod = Self.pod("Pending", waiting: ["reason": "ContainerCreating"])
        pod["metadata"]["creationTimestamp"] = .string(created)
        var event = Self.event("FailedMount", "timed out waiting for the condition")
        event["lastTimestamp"] = .string(warned)
        #expect(report(pod, [event]).rootCauses.map(\.code.rawValue) == [code])
    }

    @Test func aProbeThatFailsIsQuoted() throws {
        let said = Self.event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500")
        let root = try #require(report(Self.pod("Running"), [said]).rootCauses.first)
        #expect(root.code == FindingCode(.podNotReady))
        #expect(root.summary.hasSuffix("Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500"))
    }

    @Test(
        "the scheduler's words name the taint that is there",
        arguments: [
            ("{node-role.kubernetes.io/master: }", "master"),
            ("{node-role.kubernetes.io/control-plane: }", "control-plane"),
        ])
    func taints(_ taint: String, _ role: String) throws {
        let scheduled: JSONValue = [
            "type": "PodScheduled", "status": "False",
            "message": .string("0/1 nodes are available: 1 node(s) had taint \(taint), that the pod didn't tolerate."),
        ]
        let root = try #require(report(Self.pod("Pending", conditions: [scheduled])).rootCauses.first)
        #expect(root.code == FindingCode(.podUnschedulable))
        #expect(root.hint.text.hasPrefix("kubectl taint nodes --all node-role.kubernetes.io/\(role)-"))
        #expect(root.hint.isFix)
    }

    private static func scheduled(_ message: String) -> JSONValue {
        ["type": "PodScheduled", "status": "False", "message": .string(message)]
    }

    @Test(
        "what else the scheduler says",
        arguments: [
            (
                "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
                "kubectl -n kube-system delete pods -l k8s-app=metrics-server", true
            ),
            (
                "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity.",
                "kubectl label nodes --all kubernetes.io/os=linux", true
            ),
            (
                "0/1 nodes are available: 1 node(s) didn't match pod affinity/anti-affinity, 1 node(s) didn't match pod anti-affinity rules.",
                "kbootstrap install-metrics   # without --ha", true
            ),
            (
                "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 Insufficient cpu.",
                "kubectl -n kube-system describe pod ms-1", false
            ),
            ("0/1 nodes are available: 1 Insufficient memory.", "kubectl -n kube-system describe pod ms-1", false),
        ])
    func unschedulable(_ message: String, _ hint: String, _ mends: Bool) throws {
        var pod = Self.pod("Pending", conditions: [Self.scheduled(message)])
        pod["spec"]["nodeSelector"] = ["kubernetes.io/os": "linux"]
        let root = try #require(report(pod).rootCauses.first)
        #expect(root.code == FindingCode(.podUnschedulable))
        #expect(root.hint.text.hasPrefix(hint))
        #expect(root.hint.isFix == mends)
    }

    @Test func aReplicaThatWaitsBesideOneThatServesIsAWarning() {
        let waiting = Self.pod("Pending", conditions: [Self.scheduled("didn't match pod anti-affinity rules")])
        let judged = VerificationReport(
            judging: VerificationRecord(
                server: "https://10.0.0.1", context: nil,
                evidence: evidence { $0[.pods] = .object(["items": [Self.pod("Running", ready: true), waiting]]) }))
        #expect(judged.rootCauses.isEmpty)
        #expect(judged.warnings.map(\.code).contains(FindingCode(.podUnschedulable)))
    }

    @Test func whatIsOnItsWayOutExplainsNothing() {
        func pod(_ hash: String, _ created: String, _ phase: String, waiting: JSONValue? = nil) -> JSONValue {
            var pod = Self.pod(phase, waiting: waiting)
            pod["metadata"]["name"] = .string("ms-\(hash)")
            pod["metadata"]["labels"] = ["pod-template-hash": .string(hash)]
            pod["metadata"]["creationTimestamp"] = .string(created)
            return pod
        }
        let old = pod("a", "2027-01-15T07:00:00Z", "Running", waiting: ["reason": "CrashLoopBackOff"])
        func judged(_ pods: [JSONValue]) -> [String] {
            roots(
                evidence {
                    $0[.endpoints] = .object(["subsets": []])
                    $0[.pods] = .object(["items": .array(pods)])
                })
        }
        #expect(judged([old]) == ["KB313"])
        #expect(judged([old, pod("b", "2027-01-15T07:59:00Z", "Pending")]) == ["KB311"])
    }

    @Test func aReadyPodWithoutThePortIsNotCalledUnready() {
        var pod = Self.pod("Running", ready: true)
        // What it once met is history.
        pod["status"]["containerStatuses"] = [["name": "m", "lastState": ["terminated": ["reason": "OOMKilled"]]]]
        #expect(report(pod).rootCauses.map(\.code) == [FindingCode(.portNameMissing)])
    }

    @Test func addressesUnderAnotherPortNameAreNone() {
        func judged(_ name: String) -> [String] {
            roots(
                evidence {
                    $0[.service] = .object(["spec": ["ports": [["port": 443, "name": "https"]]]])
                    $0[.endpoints] = .object([
                        "subsets": [
                            ["addresses": [["ip": "10.0.0.9"]], "ports": [["name": .string(name), "port": 4443]]]
                        ]
                    ])
                })
        }
        #expect(judged("https") == [])
        #expect(judged("main-port") == ["KB305"])
    }

    @Test func namesAreTypedAsWords() throws {
        let evidence = evidence {
            $0[.apiService] = .object([
                "metadata": ["name": "v1.example.com"],
                "spec": [
                    "group": "example.com", "version": "v1",
                    "service": ["name": "api", "namespace": "x; touch pwn #"],
                ],
            ])
            $0[.service] = .refused(code: 404, message: "not found")
        }
        let record = VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence)
        let root = try #require(VerificationReport(judging: record).rootCauses.first)
        #expect(root.hint.text.hasPrefix("kubectl -n 'x; touch pwn #' get services"))
    }
}
