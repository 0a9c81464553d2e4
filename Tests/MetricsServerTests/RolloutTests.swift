// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubernetesClient
import MetricsServer
import Testing

/// The objects of an installation, from nothing to done, each changed by the step before.
private struct Installation {
    var deployment: JSONValue? = [
        "metadata": ["name": "metrics-server", "generation": 1], "spec": ["replicas": 1],
        "status": ["observedGeneration": 1, "replicas": 1, "updatedReplicas": 1],
    ]
    var replicaSets: [JSONValue] = []
    var pods: [JSONValue] = [Self.pod()]
    var endpoints: JSONValue?
    var apiService: JSONValue?
    var now: Date

    static func pod(
        _ name: String = "metrics-server-1", hash: String = "1", created: String = "2026-11-23T08:59:00Z",
        _ status: JSONValue = [:], node: JSONValue = "node-1"
    ) -> JSONValue {
        [
            "metadata": [
                "name": .string(name), "creationTimestamp": .string(created),
                "labels": ["pod-template-hash": .string(hash)],
            ],
            "spec": ["nodeName": node], "status": status,
        ]
    }

    static func container(_ state: JSONValue, ready: Bool = false, restarts: Int64 = 0) -> JSONValue {
        [
            "containerStatuses": [
                [
                    "name": "metrics-server", "image": "registry.example/ms:v1", "ready": .bool(ready), "state": state,
                    "restartCount": .int(restarts),
                    "lastState": ["terminated": ["reason": "Error", "exitCode": 2]],
                ]
            ]
        ]
    }

    static func waiting(_ reason: String, _ message: String = "") -> JSONValue {
        container(["waiting": ["reason": .string(reason), "message": .string(message)]])
    }

    static let readyPod = pod(["conditions": [["type": "Ready", "status": "True"]]])

    init(_ change: (inout Installation) -> Void) throws {
        now = try #require(Fixture.now)
        change(&self)
    }

    var status: RolloutStatus {
        .judge(
            deployment: deployment, replicaSets: replicaSets, pods: pods, endpoints: endpoints, apiService: apiService,
            now: now)
    }
}

extension Installation {
    fileprivate static func pod(_ status: JSONValue) -> JSONValue { pod("metrics-server-1", status) }

    /// With a ready pod behind the Service.
    fileprivate mutating func serve() {
        pods = [Self.readyPod]
        deployment?["status"]["availableReplicas"] = 1
        endpoints = ["subsets": [["addresses": [["ip": "10.0.0.9"]]]]]
    }

    fileprivate mutating func condition(_ status: String, _ reason: String, _ message: String) {
        apiService = [
            "status": [
                "conditions": [
                    [
                        "type": "Available", "status": .string(status), "reason": .string(reason),
                        "message": .string(message),
                    ]
                ]
            ]
        ]
    }
}

@Suite struct RolloutTests {
    private func expect(
        _ stage: RolloutStatus.Stage, mends: Bool, _ words: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout Installation) -> Void
    ) throws {
        let status = try Installation(change).status
        #expect(status.stage == stage, sourceLocation: sourceLocation)
        #expect(status.timeMends == mends, sourceLocation: sourceLocation)
        let text = [status.waitsFor, status.detail].compactMap(\.self).joined(separator: " | ")
        #expect(text.contains(words), "\(text)", sourceLocation: sourceLocation)
    }

    @Test("before there are pods")
    func controller() throws {
        try expect(.objects, mends: true, "Deployment metrics-server to be applied") { $0.deployment = nil }
        try expect(.controller, mends: true, "the controller manager to see") { $0.deployment?["status"] = [:] }
        try expect(.controller, mends: true, "the controller manager to see") {
            $0.deployment?["metadata"]["generation"] = 2
        }
        try expect(.controller, mends: true, "to make the pod") { $0.deployment?["status"]["updatedReplicas"] = 0 }
        try expect(.controller, mends: true, "to make the pod") { $0.pods = [] }
        let refusal = #"pods "metrics-server-" is forbidden: exceeded quota"#
        for (message, mends) in [
            (refusal, false), (#"error looking up service account: serviceaccount "ms" not found"#, true),
        ] {
            try expect(.controller, mends: mends, "to admit the pod | \(message)") {
                $0.pods = []
                $0.deployment?["status"]["conditions"] = [
                    ["type": "ReplicaFailure", "status": "True", "message": .string(message)]
                ]
            }
        }
    }

    @Test(
        "a pod that no node takes says why; nodes that come up may take it yet",
        arguments: [
            (
                "0/1 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate.",
                false
            ),
            ("0/3 nodes are available: 3 Insufficient cpu.", false),
            (
                "0/1 nodes are available: 1 node(s) had taint {node.kubernetes.io/not-ready: }, that the pod didn't tolerate.",
                true
            ),
            ("no nodes available to schedule pods", true),
        ])
    func unschedulable(_ message: String, _ mends: Bool) throws {
        try expect(.scheduling, mends: mends, "a node that can take pod metrics-server-1 | \(message)") {
            $0.pods = [
                Installation.pod(
                    "metrics-server-1",
                    [
                        "conditions": [
                            [
                                "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                                "message": .string(message),
                            ]
                        ]
                    ], node: .null)
            ]
        }
    }

    @Test("a pod that nobody has looked at waits for the scheduler, then for the kubelet")
    func notLookedAt() throws {
        try expect(.scheduling, mends: true, "the scheduler") {
            $0.pods = [Installation.pod("metrics-server-1", [:], node: .null)]
        }
        try expect(.pulling, mends: true, "the kubelet on node-1 to take up pod metrics-server-1") {
            $0.pods = [Installation.pod([:])]
        }
    }

    @Test(
        "what kubelets say of a container that does not run",
        arguments: [
            ("ContainerCreating", "", RolloutStatus.Stage.pulling, true, "to pull image registry.example/ms:v1"),
            ("ErrImagePull", "dial tcp: i/o timeout", .pulling, true, "ErrImagePull: dial tcp: i/o timeout"),
            ("ErrImagePull", "registry.example/ms:v1: not found", .pulling, false, "not found"),
            ("ErrImagePull", "unexpected status: 403 Forbidden", .pulling, false, "403"),
            ("ImagePullBackOff", "Back-off pulling image", .pulling, false, "ImagePullBackOff: Back-off pulling image"),
            ("InvalidImageName", "", .pulling, false, "InvalidImageName"),
            ("ErrImageNeverPull", "", .pulling, false, "ErrImageNeverPull"),
            ("CrashLoopBackOff", "back-off 10s", .starting, false, "to stay up | Error, exit code 2, 0 restarts"),
            (
                "CreateContainerConfigError", "image will run as root", .starting, false,
                "CreateContainerConfigError: image will run as root"
            ),
            ("RunContainerError", "", .starting, false, "RunContainerError"),
        ])
    func waiting(_ reason: String, _ message: String, _ stage: RolloutStatus.Stage, _ mends: Bool, _ words: String)
        throws
    {
        try expect(stage, mends: mends, words) {
            $0.pods = [Installation.pod(Installation.waiting(reason, message))]
        }
    }

    @Test("a container that runs waits for its probe, then for a scrape")
    func readiness() throws {
        func running(_ started: String) -> JSONValue {
            Installation.pod(Installation.container(["running": ["startedAt": .string(started)]]))
        }
        try expect(.readiness, mends: true, "begins 20 s after the start | runs for 12 s") {
            $0.pods = [running("2026-11-23T08:59:48Z")]
        }
        try expect(.readiness, mends: true, "to have metrics of a node | runs for 60 s and is not ready") {
            $0.pods = [running("2026-11-23T08:59:00Z")]
        }
        try expect(.readiness, mends: true, "begins 20 s after the start | runs for 0 s") {
            $0.pods = [running("2026-11-23T09:00:05Z")]
        }
        try expect(.starting, mends: true, "to be started again | Error, exit code 1") {
            $0.pods = [
                Installation.pod(Installation.container(["terminated": ["reason": "Error", "exitCode": 1]]))
            ]
        }
    }

    @Test("an update waits for the new pod, then for the old one's end, whatever the old one serves")
    func update() throws {
        let old = Installation.pod(
            "metrics-server-0", hash: "0", created: "2026-11-22T00:00:00Z",
            ["conditions": [["type": "Ready", "status": "True"]]])
        try expect(.pulling, mends: false, "ImagePullBackOff") {
            $0.serve()
            $0.condition("True", "Passed", "")
            $0.pods = [old, Installation.pod(Installation.waiting("ImagePullBackOff"))]
        }
        try expect(.controller, mends: true, "to make the pod") {
            $0.replicaSets = [
                Self.replicaSet(hash: "0", revision: "9"), Self.replicaSet(hash: "1", revision: "10"),
            ]
            $0.pods = [old]
        }
        try expect(.readiness, mends: true, "the pod of the former version to end") {
            $0.serve()
            $0.deployment?["status"]["replicas"] = 2
            $0.pods.append(old)
        }
        try expect(.readiness, mends: true, "to count its ready pod") {
            $0.pods = [Installation.readyPod]
        }
        // A rollback: the older ReplicaSet has the newest revision, its pod is not the newest.
        try expect(.pulling, mends: false, "ImagePullBackOff") {
            $0.replicaSets = [Self.replicaSet(hash: "0", revision: "2"), Self.replicaSet(hash: "1", revision: "3")]
            $0.pods = [
                Installation.pod("metrics-server-0", hash: "0", created: "2026-11-23T08:59:59Z", [:]),
                Installation.pod(Installation.waiting("ImagePullBackOff")),
            ]
        }
    }

    private static func replicaSet(hash: String, revision: String) -> JSONValue {
        [
            "metadata": [
                "labels": ["pod-template-hash": .string(hash)],
                "annotations": ["deployment.kubernetes.io/revision": .string(revision)],
            ]
        ]
    }

    @Test("a pod that is stuck stands before one that is only slow")
    func worstFirst() throws {
        try expect(.pulling, mends: false, "ImagePullBackOff") {
            $0.deployment?["spec"]["replicas"] = 2
            $0.deployment?["status"]["updatedReplicas"] = 2
            $0.pods = [
                Installation.pod("metrics-server-2", [:], node: .null),
                Installation.pod(Installation.waiting("ImagePullBackOff")),
            ]
        }
    }

    @Test("pods on their way out are not waited for")
    func leaving() throws {
        try expect(.endpoints, mends: true, "the Service to find the ready pod") {
            $0.serve()
            $0.endpoints = nil
            var gone = Installation.pod("metrics-server-9", ["phase": "Running"])
            gone["metadata"]["deletionTimestamp"] = "2026-11-23T08:59:59Z"
            $0.pods += [gone, Installation.pod("metrics-server-8", ["phase": "Failed"])]
        }
    }

    @Test("behind a ready pod come endpoints and the API")
    func behindReady() throws {
        try expect(.endpoints, mends: true, "the Service") {
            $0.serve()
            $0.endpoints = ["subsets": [["notReadyAddresses": [["ip": "10.0.0.9"]]]]]
        }
        try expect(.objects, mends: true, "APIService v1beta1.metrics.k8s.io") { $0.serve() }
        try expect(.availability, mends: true, "first look") {
            $0.serve()
            $0.apiService = [:]
        }
        try expect(.done, mends: true, "nothing") {
            $0.serve()
            $0.condition("True", "Passed", "all checks passed")
        }
    }

    @Test(
        "what the aggregator says, and whether its next look may say something else",
        arguments: [
            (
                "MissingEndpoints", #"endpoints for service/metrics-server have no addresses with port name "https""#,
                true
            ),
            ("ServiceNotFound", #"service/metrics-server in "kube-system" is not present"#, true),
            ("ServicePortError", #"service/metrics-server in "kube-system" is not listening on port 443"#, false),
            (
                "FailedDiscoveryCheck",
                "failing or missing response from https://10.0.0.9:10250/apis: dial tcp: connect: connection refused",
                true
            ),
            (
                "FailedDiscoveryCheck",
                "failing or missing response from https://10.0.0.9:10250/apis: bad status from https://10.0.0.9:10250/apis: 401",
                false
            ),
            (
                "FailedDiscoveryCheck",
                "failing or missing response from https://10.0.0.9:10250/apis: bad status from https://10.0.0.9:10250/apis: 403",
                false
            ),
            (
                "FailedDiscoveryCheck",
                "failing or missing response from https://10.0.0.9:10250/apis: bad status from https://10.0.0.9:10250/apis: 503",
                true
            ),
            ("FailedDiscoveryCheck", "x509: certificate signed by unknown authority", false),
        ])
    func aggregator(_ reason: String, _ message: String, _ mends: Bool) throws {
        try expect(.availability, mends: mends, "to reach metrics-server | \(reason): \(message)") {
            $0.serve()
            $0.condition("False", reason, message)
        }
    }

    @Test("stages are in the order of time, and what the server says is escaped")
    func stages() throws {
        #expect(RolloutStatus.Stage.allCases.sorted() == RolloutStatus.Stage.allCases)
        #expect(RolloutStatus.Stage.allCases.allSatisfy { $0.usualSeconds.lowerBound >= 0 })
        try expect(.pulling, mends: false, "\\u{1b}[31m") {
            $0.pods = [Installation.pod(Installation.waiting("ImagePullBackOff", "\u{1B}[31m"))]
        }
    }
}
