// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// The workload in its own words: what its pods, containers and last lines say, and how long that is believed.
@Suite struct PodWordsTests {
    /// A pod of the Deployment as the kubelet leaves it; `extra` goes into its status.
    private static func pod(_ extra: JSONValue, created: String = "2027-01-15T07:50:00Z") -> JSONValue {
        var status = extra
        if status["phase"] == .null { status["phase"] = "Running" }
        return [
            "metadata": [
                "name": "ms-1", "namespace": "kube-system", "creationTimestamp": .string(created),
                "labels": ["pod-template-hash": "a"],
            ],
            "spec": [
                "nodeName": "n1",
                "containers": [["name": "metrics-server", "resources": ["limits": ["memory": "12Mi"]]]],
            ],
            "status": status,
        ]
    }

    private static func container(
        _ state: JSONValue, last: JSONValue = .null, restarts: Int64 = 0, name: String = "metrics-server"
    ) -> JSONValue {
        [
            "name": .string(name), "image": "registry.k8s.io/ms:v1", "ready": false, "restartCount": .int(restarts),
            "state": state, "lastState": last,
        ]
    }

    private static func running(since time: String) -> JSONValue { ["running": ["startedAt": .string(time)]] }
    private static let backOff: JSONValue = ["waiting": ["reason": "CrashLoopBackOff", "message": "back-off 20s"]]

    private static func ended(_ code: Int64, reason: String = "Error", message: String? = nil) -> JSONValue {
        var end: JSONValue = ["exitCode": .int(code), "reason": .string(reason)]
        if let message { end["message"] = .string(message) }
        return ["terminated": end]
    }

    private static func event(
        _ reason: String, _ message: String, at time: String = "2027-01-15T07:59:30Z", kind: String = "Pod",
        of name: String = "ms-1"
    ) -> JSONValue {
        [
            "reason": .string(reason), "message": .string(message), "lastTimestamp": .string(time),
            "involvedObject": ["kind": .string(kind), "name": .string(name)],
        ]
    }

    private func report(
        _ pods: [JSONValue], events: [JSONValue] = [], log: [String] = [],
        _ change: (inout Evidence) -> Void = { _ in }
    ) -> VerificationReport {
        let judged = evidence {
            $0[.endpoints] = .object(["subsets": []])
            $0[.pods] = .object(["items": .array(pods)])
            $0[.events] = .object(["items": .array(events)])
            $0[.discovery] = .refused(code: 503, message: "service unavailable")
            $0[.reading] = .refused(code: 503, message: "service unavailable")
            $0[.podMetrics] = .refused(code: 503, message: "service unavailable")
            if !log.isEmpty {
                $0.logs = [BackendLog(pod: "ms-1", container: "metrics-server", lines: log, hasEnded: true)]
            }
            change(&$0)
        }
        return VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: judged))
    }

    // MARK: The container ended

    static let ends: [(state: JSONValue, events: [JSONValue], log: [String], code: String, words: String)] = [
        (
            container(backOff, last: ended(137, reason: "OOMKilled"), restarts: 3), [], [], "KB327",
            "its memory limit is 12Mi"
        ),
        (
            container(backOff, last: ended(2), restarts: 3), [],
            ["Error: open /nope/tls.crt: no such file or directory"],
            "KB342", "open /nope/tls.crt: no such file or directory"
        ),
        (
            container(backOff, last: ended(1), restarts: 3), [],
            [
                #"{"ts":1796098683000.1,"caller":"cli/run.go:72","msg":"command failed","err":"open /nope/tls.crt: no such file"}"#,
                #"{"ts":1796098683000.2,"caller":"x.go:1","msg":"Failed to flush"}"#,
            ],
            "KB342", "open /nope/tls.crt: no such file"
        ),
        (
            container(backOff, last: ended(2), restarts: 3), [],
            ["Error: tls: private key type does not match public key type"], "KB342", "private key type"
        ),
        (
            container(backOff, last: ended(2), restarts: 3), [],
            ["Error: open /run/serving-cert/tls.crt: permission denied"], "KB342", "permission denied"
        ),
        (
            container(backOff, last: ended(255), restarts: 3), [], ["exec /metrics-server: exec format error"],
            "KB332", "exec format error; Node n1 is arm64"
        ),
        (
            container(backOff, last: ended(137), restarts: 3),
            [event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500")], [],
            "KB333", "Liveness probe failed"
        ),
        (
            container(running(since: "2027-01-15T07:59:50Z"), last: ended(0, reason: "Completed"), restarts: 2),
            [event("Unhealthy", "Startup probe failed: connection refused")], [], "KB333", "Startup probe failed"
        ),
        (container(backOff, last: ended(137), restarts: 3), [], [], "KB313", "exit code 137 (killed from outside)"),
        (
            container(running(since: "2027-01-15T07:59:57Z"), last: ended(2), restarts: 2), [],
            ["panic: boom"], "KB313", "ended, and was started again, exit code 2; it said: panic: boom"
        ),
        (container(ended(3)), [], [], "KB313", "container metrics-server ended, exit code 3"),
        // A node was restarted: its pods start as they always do.
        (
            container(running(since: "2027-01-15T07:59:50Z"), last: ended(255, reason: "Unknown"), restarts: 1), [],
            [], "KB319", "is starting"
        ),
        // What it once met, and has run for long since, is history.
        (
            container(running(since: "2027-01-15T07:55:00Z"), last: ended(137, reason: "OOMKilled"), restarts: 1), [],
            [], "KB314", "not ready"
        ),
        // The kubelet's words for probes on 1.36.2.
        (
            container(running(since: "2027-01-15T07:55:00Z")),
            [event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 403")], [],
            "KB341", "statuscode: 403"
        ),
        (
            container(running(since: "2027-01-15T07:55:00Z")),
            [
                event(
                    "Unhealthy",
                    #"Readiness probe failed: Get "https://10.88.0.3:9/readyz": dial tcp 10.88.0.3:9: connect: connection refused"#
                )
            ], [], "KB341", "connection refused"
        ),
        (
            container(running(since: "2027-01-15T07:55:00Z")),
            [event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500")], [],
            "KB314", "statuscode: 500"
        ),
        (
            container([
                "waiting": ["reason": "RunContainerError", "message": "exec: \"/x\": stat /x: no such file"]
            ]), [], [], "KB318", "RunContainerError: exec"
        ),
        (
            container(
                backOff,
                last: ended(
                    128, reason: "StartError", message: "container init was OOM-killed (memory limit too low?)")),
            [], [], "KB327", "memory limit too low"
        ),
        // The end of a log, as terminationMessagePolicy FallbackToLogsOnError keeps it.
        (
            container(
                backOff,
                last: ended(
                    2,
                    message:
                        "I1201 00:39:11.6 1 x.go:1] Starting\npanic: no such thing\n\ngoroutine 1 [running]:\nmain.main()\n\tx.go:37 +0x88\n"
                )), [], [], "KB313", "it said: panic: no such thing"
        ),
    ]

    @Test("a container that ended says why", arguments: ends.indices)
    func saysWhy(_ row: Int) throws {
        let (state, events, log, code, words) = Self.ends[row]
        let report = report([Self.pod(["containerStatuses": [state]])], events: events, log: log) {
            $0[.nodes] = .object([
                "items": [
                    [
                        "metadata": ["name": "n1"],
                        "status": [
                            "conditions": [["type": "Ready", "status": "True"]],
                            "nodeInfo": ["architecture": "arm64"],
                        ],
                    ]
                ]
            ])
        }
        let root = try #require(report.rootCauses.first)
        #expect(root.code.rawValue == code, "\(root.summary)")
        #expect(root.summary.contains(words), "\(root.summary)")
        #expect(report.rootCauses.count == 1, "\(report.rootCauses)")
    }

    @Test func lastWordsAreOneLineWithoutSecretsAndShort() throws {
        let token = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJrdWJlIn0.c2lnbmF0dXJl"
        let line = "panic: " + String(repeating: "x", count: 170) + " Bearer \(token)" + " y"
        let state = Self.container(Self.backOff, last: Self.ended(2), restarts: 3)
        let root = try #require(report([Self.pod(["containerStatuses": [state]])], log: [line]).rootCauses.first)
        #expect(!root.summary.contains("eyJ"))
        #expect(root.summary.firstRange(of: "it said: ").map { root.summary[$0.upperBound...].count } ?? 0 <= 200)
    }

    @Test func aSidecarsLastWordsAreItsOwn() throws {
        var pod = Self.pod([
            "containerStatuses": [
                Self.container(Self.running(since: "2027-01-15T07:50:00Z")),
                Self.container(Self.backOff, last: Self.ended(4), restarts: 3, name: "mesh"),
            ]
        ])
        pod["spec"]["containers"] = [["name": "metrics-server"], ["name": "mesh"]]
        let root = try #require(report([pod], log: ["panic: not mine"]).rootCauses.first)
        #expect(root.code == FindingCode(.podCrashing))
        #expect(root.summary.hasSuffix("container mesh keeps ending, exit code 4"), "\(root.summary)")
    }

    // MARK: Before the containers, and beside them

    static let preparations: [(status: JSONValue, events: [JSONValue], code: String, words: String)] = [
        (
            ["phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."], [], "KB330",
            "Evicted: The node was low on resource: memory."
        ),
        (
            [
                "initContainerStatuses": [
                    container(
                        backOff, last: ended(4, message: "iptables: Permission denied"), restarts: 7, name: "mesh-init")
                ]
            ], [], "KB331", "it said: iptables: Permission denied"
        ),
        (
            ["initContainerStatuses": [container(running(since: "2027-01-15T07:57:00Z"), name: "wait")]], [], "KB314",
            "waits for init container wait, which has run for 180 s"
        ),
        (
            [
                "initContainerStatuses": [
                    container(["waiting": ["reason": "ErrImagePull", "message": "dial tcp: i/o timeout"]])
                ]
            ], [], "KB312", "i/o timeout"
        ),
        (
            [
                "containerStatuses": [
                    container([
                        "waiting": [
                            "reason": "ErrImagePull",
                            "message":
                                "tls: failed to verify certificate: x509: certificate signed by unknown authority",
                        ]
                    ])
                ]
            ], [], "KB338", "x509"
        ),
        // The reason of a pull stands in an event of the last try, which may be five minutes ago.
        (
            [
                "containerStatuses": [
                    container(["waiting": ["reason": "ImagePullBackOff", "message": "Back-off pulling image"]])
                ]
            ],
            [
                event(
                    "Failed",
                    "Failed to pull image \"registry.k8s.io/ms:v1\": x509: certificate signed by unknown authority",
                    at: "2027-01-15T07:55:10Z")
            ], "KB338", "Failed to pull image"
        ),
        (
            [
                "conditions": [
                    [
                        "type": "Ready", "status": "False", "reason": "ReadinessGatesNotReady",
                        "message": "the status of pod readiness gate \"mesh/ready\" is not \"True\", but False",
                    ]
                ], "containerStatuses": [container(running(since: "2027-01-15T07:50:00Z"))],
            ], [], "KB314", "readiness gate"
        ),
        (
            ["phase": "Pending", "containerStatuses": [container(["waiting": ["reason": "ContainerCreating"]])]],
            [event("FailedCreatePodSandBox", "container init was OOM-killed (memory limit too low?)")], "KB327",
            "OOM-killed"
        ),
    ]

    @Test("what stands before the containers, and beside them", arguments: preparations.indices)
    func preparation(_ row: Int) throws {
        let (status, events, code, words) = Self.preparations[row]
        let root = try #require(report([Self.pod(status)], events: events).rootCauses.first)
        #expect(root.code.rawValue == code, "\(root.summary)")
        #expect(root.summary.contains(words), "\(root.summary)")
    }

    @Test("a young pod is waited for, whatever its containers are at", arguments: ["ContainerCreating", "", "running"])
    func young(_ state: String) throws {
        var status: JSONValue = ["phase": "Pending"]
        if state == "running" {
            status = ["containerStatuses": [Self.container(Self.running(since: "2027-01-15T07:59:31Z"))]]
        } else if !state.isEmpty {
            status["containerStatuses"] = [Self.container(["waiting": ["reason": .string(state)]])]
        }
        let pod = Self.pod(status, created: "2027-01-15T07:59:20Z")
        let unhealthy = Self.event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500")
        let root = try #require(report([pod], events: [unhealthy]).rootCauses.first)
        #expect(root.code == FindingCode(.podStarting), "\(root.summary)")
        #expect(root.patience >= .seconds(45))
    }

    @Test func aPodThatWasEvictedExplainsNothingBesideOneThatLives() throws {
        let evicted = Self.pod(["phase": "Failed", "reason": "Evicted"])
        var waiting = Self.pod([
            "phase": "Pending",
            "conditions": [
                [
                    "type": "PodScheduled", "status": "False",
                    "message":
                        "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }.",
                ]
            ],
        ])
        waiting["metadata"]["name"] = "ms-2"
        waiting["spec"]["nodeName"] = .null
        #expect(report([evicted, waiting]).rootCauses.map(\.code) == [FindingCode(.podUnschedulable)])
        // One that serves has no trouble.
        var serving = Self.pod(["conditions": [["type": "Ready", "status": "True"]]])
        serving["metadata"]["name"] = "ms-3"
        let healthy = VerificationReport(
            judging: VerificationRecord(
                server: "https://10.0.0.1", context: nil,
                evidence: evidence { $0[.pods] = .object(["items": [evicted, serving]]) }))
        #expect(healthy.isHealthy && healthy.warnings.isEmpty, "\(healthy.warnings)")
    }

    @Test func aPodThatTheKubeletRefusedSpeaksForTheNextOne() throws {
        let refused = Self.pod(
            ["phase": "Failed", "reason": "NodeAffinity", "message": "Pod was rejected: node affinity"],
            created: "2027-01-15T07:59:50Z")
        var next = Self.pod(["phase": "Pending"], created: "2027-01-15T07:59:59Z")
        next["metadata"]["name"] = "ms-2"
        let root = try #require(report([refused, next]).rootCauses.first)
        #expect(root.code == FindingCode(.podEvicted))
        #expect(root.summary.contains("NodeAffinity: Pod was rejected"))
    }

    // MARK: The node and the scheduler

    private static func node(_ name: String, ready: String) -> JSONValue {
        [
            "metadata": ["name": .string(name)],
            "status": [
                "conditions": [["type": "Ready", "status": .string(ready), "reason": "NodeStatusUnknown"]]
            ],
        ]
    }

    @Test func aNodeThatIsNotReadyIsTheCause() throws {
        let running = Self.pod(["containerStatuses": [Self.container(Self.running(since: "2027-01-15T07:00:00Z"))]])
        var replacement = Self.pod([
            "phase": "Pending",
            "conditions": [
                [
                    "type": "PodScheduled", "status": "False",
                    "message":
                        "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.",
                ]
            ],
        ])
        replacement["spec"]["nodeName"] = .null
        for pod in [running, replacement] {
            let root = report([pod]) { $0[.nodes] = .object(["items": [Self.node("n1", ready: "Unknown")]]) }
                .rootCauses.first
            #expect(root?.code == FindingCode(.nodeNotReady), "\(root?.summary ?? "")")
            #expect(root?.subject == .node("n1"))
        }
    }

    /// 1.36 does not name the taint.
    @Test(arguments: [
        ("Unknown", "KB329", "kubectl describe node n1"),
        ("True", "KB311", "kubectl taint nodes --all node-role.kubernetes.io/control-plane-"),
    ])
    func aTaintWithoutAName(_ ready: String, _ code: String, _ hint: String) throws {
        var pod = Self.pod([
            "phase": "Pending",
            "conditions": [
                [
                    "type": "PodScheduled", "status": "False",
                    "message":
                        "0/1 nodes are available: 1 node(s) had untolerated taint(s). no new claims to deallocate",
                ]
            ],
        ])
        pod["spec"]["nodeName"] = .null
        let report = report([pod]) {
            var node = Self.node("n1", ready: ready)
            node["spec"] = ["taints": [["key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"]]]
            $0[.nodes] = .object(["items": [node]])
        }
        let root = try #require(report.rootCauses.first)
        #expect(root.code.rawValue == code)
        #expect(root.hint.text.hasPrefix(hint), "\(root.hint.text)")
    }

    @Test func aSelectorOfThePodsOwnIsNotMadeTheNodes() throws {
        var pod = Self.pod([
            "phase": "Pending",
            "conditions": [
                [
                    "type": "PodScheduled", "status": "False",
                    "message": "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
                ]
            ],
        ])
        pod["spec"]["nodeName"] = .null
        pod["spec"]["nodeSelector"] = ["disk": "fast", "kubernetes.io/os": "linux"]
        let root = try #require(report([pod]).rootCauses.first)
        #expect(root.code == FindingCode(.podUnschedulable))
        #expect(root.hint.text == "kubectl get nodes -L disk   # the pod wants a node with disk=fast")
    }

    @Test func aPodThatNoSchedulerSees() throws {
        var pod = Self.pod(["phase": "Pending"])
        pod["spec"]["nodeName"] = .null
        let root = try #require(report([pod]).rootCauses.first)
        #expect(root.code == FindingCode(.podUnschedulable))
        #expect(root.summary.hasPrefix("no scheduler has looked at pod ms-1"))
    }
}
