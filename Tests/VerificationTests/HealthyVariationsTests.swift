// SPDX-License-Identifier: Apache-2.0

import Core
import Foundation
import KubernetesClient
import Testing
import Verification

/// Clusters that are well, each in its own way: whoever cries wolf is not believed.
@Suite struct HealthyVariationsTests {
    @Test("no false alarm", arguments: 0..<20)
    func healthy(_ batch: Int) throws {
        for seed in (batch * 100)..<(batch * 100 + 100) {
            var cluster = try HealthyCluster(seed: UInt64(seed))
            let evidence = cluster.evidence()
            let report = VerificationReport(
                judging: VerificationRecord(server: "https://10.0.0.1:6443", context: nil, evidence: evidence))
            #expect(report.isHealthy, "seed \(seed): \(report.rootCauses)")
            // Both are true of these clusters: the lab's CA lasts two days.
            let spec = evidence[.apiService].object?["spec"] ?? .null
            let isUnverified = spec["insecureSkipTLSVerify"].bool == true
            let told = isUnverified ? ["KB413"] : spec["caBundle"] == .null ? [] : ["KB414"]
            #expect(report.warnings.map(\.code.rawValue) == told, "seed \(seed): \(report.warnings)")
        }
    }
}

/// A cluster as it may be and work, chosen by a seed.
private struct HealthyCluster {
    private var dice: Dice
    /// From the lab: certificates that fit each other, at a time when they are valid.
    private let lab: Evidence
    private let version: String
    private let kind: ServiceKind

    /// What stands behind the APIService.
    private enum ServiceKind: CaseIterable { case clusterIP, headless, externalName, withoutSelector }

    private static let lab = RecordedEvidence.saved.first { $0.name == "healthy" && $0.code == "none" }?.evidence

    init(seed: UInt64) throws {
        dice = Dice(seed: seed)
        lab = try #require(Self.lab)
        version = dice.one(["v1.20.2", "v1.24.17-eks-1", "v1.31.2+k3s1", "v1.34.0", "v1.36.2", "v1.37.1"])
        kind = dice.chance(0.6) ? .clusterIP : dice.one(ServiceKind.allCases)
    }

    private var readsSlices: Bool { version > "v1.34" }

    mutating func evidence() -> Evidence {
        let names = (1...dice.number(1, 40)).map { "node-\($0)" }
        // The backend's own is. Not every node is Ready, and not every one that is not has lost its metrics yet.
        let ready = names.filter { $0 == "node-1" || dice.chance(0.9) }
        // Virtual nodes have none, or have them from somebody else.
        let virtual = dice.chance(0.3) ? (1...dice.number(1, 3)).map { "virtual-\($0)" } : []
        let leftOut = dice.chance(0.2) ? ["edge-1", "edge-2"] : []
        let measured =
            ready + names.filter { !ready.contains($0) && dice.chance(0.3) } + virtual.filter { _ in dice.chance(0.2) }
        var evidence = Evidence(apiServiceName: "v1beta1.metrics.k8s.io", askedAt: lab.askedAt)
        evidence[.version] = .object(versionAnswer())
        evidence[.authentication] = .object(["data": authentication()])
        evidence[.apiService] = .object(apiService())
        // The addresses' ports have the name of the Service's port; the aggregator looks for it, too.
        let portName = dice.chance(0.5) ? "https" : ""
        evidence[.service] = .object(["spec": service(portName)])
        if kind != .externalName {
            if readsSlices {
                evidence[.endpointSlices] = .object(["items": slices(portName)])
            } else {
                evidence[.endpoints] = .object(["subsets": endpoints(portName)])
            }
        }
        if kind == .clusterIP || kind == .headless {
            let rolls = dice.chance(0.4)
            evidence[.pods] = .object(["items": .array(backends(rolls: rolls))])
            evidence[.deployments] = .object(["items": [deployment(rolls: rolls, selector: !leftOut.isEmpty)]])
        }
        evidence[.discovery] = .object(["resources": [["name": "nodes"], ["name": "pods"]]])
        evidence[.access] = .object(["status": ["allowed": true]])
        evidence[.review] = dice.one([
            Answer.object(["items": []]), .refused(code: 403, message: "users \"x\" is forbidden: cannot impersonate"),
        ])
        evidence[.reading] = .object(["items": .array(measured.shuffled(using: &dice).map { nodeMetrics($0) })])
        let nodes =
            names.map { node($0, isReady: ready.contains($0)) } + virtual.map { virtualNode($0) }
            + leftOut.map { node($0, isReady: true) }
        evidence[.nodes] = .object(["items": .array(nodes.shuffled(using: &dice))])
        if !leftOut.isEmpty {
            evidence[.selectedNodes] = .object([
                "items": .array((names + virtual).map { ["metadata": ["name": .string($0)]] })
            ])
        }
        let pods = (0..<dice.number(0, 120)).map { "pod-\($0)" }
        evidence[.allPods] = .object(["items": .array(pods.map { pod($0) })])
        // Metrics outlive their pod for a moment.
        evidence[.podMetrics] = .object(["items": .array((pods + ["gone"]).map { podMetrics($0) })])
        evidence[.autoscalers] = .object(["items": autoscalers()])
        evidence[.otherAPIServices] = .object(["items": []])
        if dice.chance(0.3) { evidence.apiServers = apiServers() }
        if dice.chance(0.3) {
            evidence.logs = [
                BackendLog(pod: "metrics-server-1", lines: dice.one([HealthyLines.text, HealthyLines.json]))
            ]
        }
        if dice.chance(0.5) {
            evidence.frontProxy = lab.frontProxy
            evidence.unknownUsers = lab.unknownUsers
        }
        return evidence
    }

    private mutating func versionAnswer() -> JSONValue {
        var answer: JSONValue = ["gitVersion": .string(version)]
        if dice.chance(0.7) {
            answer["localTime"] = moment(ago: 0)
            answer["serverTime"] = moment(ago: dice.number(-25, 25))
        }
        return answer
    }

    private mutating func authentication() -> JSONValue {
        var data = lab[.authentication].object?["data"] ?? [:]
        data["requestheader-allowed-names"] = dice.one([
            "[]", "[\"front-proxy-ca\"]", "[\"aggregator\",\"front-proxy-ca\",\"kubelet\"]",
        ])
        data["requestheader-username-headers"] = dice.one(["[\"X-Remote-User\"]", "[\"X-Remote-User\",\"X-User\"]"])
        data["requestheader-group-headers"] = dice.one(["[\"X-Remote-Group\"]", "[\"X-Remote-Group\",\"X-G\"]"])
        // With a webhook or tokens alone there need be no client CA.
        if dice.chance(0.2) { data["client-ca-file"] = .null }
        return data
    }

    private mutating func apiService() -> JSONValue {
        var service: JSONValue = ["name": "metrics-server", "namespace": dice.one(["kube-system", "monitoring"])]
        if dice.chance(0.5) { service["port"] = 443 }
        var spec: JSONValue = ["group": "metrics.k8s.io", "version": "v1beta1", "service": service]
        if dice.chance(0.5) {
            spec["caBundle"] = lab[.apiService].object?["spec"]["caBundle"] ?? .null
        } else if dice.chance(0.5) {
            spec["insecureSkipTLSVerify"] = true
        }
        let available: JSONValue = [
            "type": "Available", "status": "True", "reason": "Passed", "message": "all checks passed",
            "lastTransitionTime": moment(ago: dice.number(0, 100_000)),
        ]
        let other: JSONValue = ["type": "SomethingElse", "status": "False", "reason": "Whatever"]
        return [
            "metadata": ["name": "v1beta1.metrics.k8s.io"], "spec": spec,
            "status": ["conditions": dice.one([[available], [other, available]])],
        ]
    }

    private mutating func service(_ portName: String) -> JSONValue {
        var spec: JSONValue = [
            "type": "ClusterIP",
            "ports": portName.isEmpty
                ? [["port": 443]] : [["name": .string(portName), "port": 443, "targetPort": "https"]],
        ]
        switch kind {
        case .clusterIP:
            spec["clusterIP"] = dice.one(["10.32.0.7", "fd00::7"])
            if dice.chance(0.3) { spec["clusterIPs"] = ["10.32.0.7", "fd00::7"] }
            spec["selector"] = ["k8s-app": "metrics-server"]
        case .headless:
            spec["clusterIP"] = "None"
            spec["selector"] = ["k8s-app": "metrics-server"]
        case .externalName:
            spec["type"] = "ExternalName"
            spec["externalName"] = "metrics.example.net"
            if dice.chance(0.5) { spec["ports"] = .null }
        case .withoutSelector: spec["clusterIP"] = "10.32.0.7"
        }
        return spec
    }

    private var firstPod: JSONValue {
        kind == .withoutSelector
            ? .null : ["kind": "Pod", "name": "metrics-server-1", "namespace": "kube-system"]
    }

    /// A slice for each family, or the same family in two; some addresses on their way out.
    private mutating func slices(_ portName: String) -> JSONValue {
        let ports: JSONValue = [["name": .string(portName), "port": dice.one([4443, 10250, 8443]), "protocol": "TCP"]]
        let families: [[String]] = dice.one([
            [["10.0.0.9"]], [["fd00::9"]], [["10.0.0.9"], ["fd00::9"]], [["10.0.0.9"], ["10.0.0.10"]],
        ])
        var items = families.map { addresses -> JSONValue in
            var endpoint: JSONValue = ["addresses": .array(addresses.map { .string($0) })]
            if dice.chance(0.9) {
                endpoint["conditions"] = ["ready": true, "serving": true, "terminating": false]
            } else {
                endpoint["conditions"] = [:]
            }
            if firstPod != .null { endpoint["targetRef"] = firstPod }
            var all: [JSONValue] = [endpoint]
            if dice.chance(0.3) {
                all.append([
                    "addresses": ["10.0.0.99"], "conditions": ["ready": false, "serving": true, "terminating": true],
                ])
            }
            return [
                "addressType": addresses[0].contains(":") ? "IPv6" : "IPv4", "ports": ports, "endpoints": .array(all),
            ]
        }
        // One that is no longer used.
        if dice.chance(0.2) { items.append(["addressType": "IPv4", "endpoints": []]) }
        return .array(items)
    }

    private mutating func endpoints(_ portName: String) -> JSONValue {
        let ports: JSONValue = [["name": .string(portName), "port": dice.one([4443, 10250, 8443])]]
        let target: [String: JSONValue] = firstPod == .null || dice.chance(0.3) ? [:] : ["targetRef": firstPod]
        func address(_ ip: String) -> JSONValue { .object(target.merging(["ip": .string(ip)]) { first, _ in first }) }
        var subset: JSONValue = [
            "addresses": dice.one([[address("10.0.0.9")], [address("fd00::9"), address("fd00::a")]])
        ]
        subset["ports"] = ports
        if dice.chance(0.3) { subset["notReadyAddresses"] = [["ip": "10.0.0.99"]] }
        return [subset]
    }

    /// The first one serves; others may be on their way in or out, or be those of a change that is being rolled out.
    private mutating func backends(rolls: Bool) -> [JSONValue] {
        (1...dice.number(rolls ? 2 : 1, 3)).map { number in
            let isFirst = number == 1
            let isReady = isFirst || dice.chance(0.5)
            let age = isFirst ? 90_000 : dice.number(1, 40)
            var metadata: JSONValue = [
                "name": .string("metrics-server-\(number)"), "namespace": "kube-system",
                "creationTimestamp": moment(ago: age),
                "labels": ["pod-template-hash": .string(rolls && !isFirst ? "2" : "1")],
            ]
            if !isFirst, dice.chance(0.2) { metadata["deletionTimestamp"] = moment(ago: 3) }
            let isRunning = isReady || dice.chance(0.5)
            let status: JSONValue = [
                "phase": isRunning ? "Running" : "Pending", "startTime": moment(ago: age),
                "conditions": [
                    ["type": "PodScheduled", "status": "True"],
                    ["type": "Ready", "status": isReady ? "True" : "False"],
                ],
                "containerStatuses": [
                    [
                        "name": "metrics-server", "ready": .bool(isReady),
                        "restartCount": isFirst ? dice.one([0, 3]) : 0,
                        "state": isRunning
                            ? ["running": ["startedAt": moment(ago: age)]]
                            : ["waiting": ["reason": "ContainerCreating"]],
                    ]
                ],
            ]
            return [
                "metadata": metadata, "status": status,
                "spec": ["nodeName": "node-1", "containers": [["name": "metrics-server"]]],
            ]
        }
    }

    private mutating func deployment(rolls: Bool, selector: Bool) -> JSONValue {
        [
            "metadata": ["name": "metrics-server", "generation": 4],
            "spec": [
                "replicas": 1,
                "template": [
                    "metadata": ["labels": ["k8s-app": "metrics-server", "more": "1"]],
                    "spec": [
                        "containers": [
                            ["name": "metrics-server", "args": selector ? ["--node-selector=place!=edge"] : []]
                        ]
                    ],
                ],
            ],
            "status": [
                "observedGeneration": 4, "replicas": rolls ? 2 : 1, "updatedReplicas": 1, "readyReplicas": 1,
                "conditions": [["type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"]],
            ],
        ]
    }

    private mutating func node(_ name: String, isReady: Bool) -> JSONValue {
        [
            "metadata": ["name": .string(name)], "spec": dice.one([[:], ["unschedulable": true]]),
            "status": [
                "conditions": [
                    ["type": "MemoryPressure", "status": "False"],
                    [
                        "type": "Ready",
                        "status": isReady ? "True" : dice.one(["False", "Unknown"]),
                    ],
                ]
            ],
        ]
    }

    /// Without a kubelet that is read.
    private mutating func virtualNode(_ name: String) -> JSONValue {
        var node = node(name, isReady: true)
        switch dice.number(0, 3) {
        case 0: node["metadata"]["labels"] = ["type": "virtual-kubelet"]
        case 1: node["metadata"]["labels"] = ["eks.amazonaws.com/compute-type": "fargate"]
        case 2: node["spec"] = ["taints": [["key": "virtual-kubelet.io/provider", "value": "serverless"]]]
        default: node["metadata"]["labels"] = ["liqo.io/type": "virtual-node"]
        }
        return node
    }

    private mutating func nodeMetrics(_ name: String) -> JSONValue {
        [
            "metadata": ["name": .string(name)], "timestamp": moment(ago: dice.number(-25, 110)), "window": "20.05s",
            "usage": ["cpu": dice.one(["0", "11936772n", "2"]), "memory": dice.one(["1", "811820Ki", "64Gi"])],
        ]
    }

    private mutating func pod(_ name: String) -> JSONValue {
        var metadata: JSONValue = ["name": .string(name), "namespace": "default"]
        if dice.chance(0.05) { metadata["deletionTimestamp"] = moment(ago: 10) }
        return [
            "metadata": metadata,
            "status": [
                "phase": dice.one(["Running", "Running", "Pending", "Succeeded", "Failed"]),
                "startTime": moment(ago: dice.number(0, 100_000)),
            ],
        ]
    }

    private mutating func podMetrics(_ name: String) -> JSONValue {
        [
            "metadata": ["name": .string(name), "namespace": "default"], "timestamp": moment(ago: 20),
            "containers": dice.one([
                [], [["name": "c", "usage": ["cpu": "0", "memory": "4Ki"]]],
                [["name": "idle", "usage": ["cpu": "0", "memory": "0"]], ["name": "c", "usage": ["memory": "4Ki"]]],
            ]),
        ]
    }

    /// Scaled to nothing on purpose, or still to learn that the metrics are there.
    private mutating func autoscalers() -> JSONValue {
        guard dice.chance(0.3) else { return [] }
        let (reason, message) = dice.one([
            ("ScalingDisabled", "scaling is disabled since the replica count of the target is zero"),
            (
                "FailedGetResourceMetric",
                "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics "
                    + "for resource cpu: no metrics returned from resource metrics API"
            ),
            (
                "FailedGetResourceMetric",
                "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for "
                    + "resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to "
                    + "handle the request (get pods.metrics.k8s.io)"
            ),
        ])
        return [
            [
                "metadata": ["name": "web", "namespace": "shop"],
                "status": [
                    "conditions": [
                        ["type": "AbleToScale", "status": "True", "reason": "SucceededGetScale"],
                        [
                            "type": "ScalingActive", "status": "False", "reason": .string(reason),
                            "message": .string(message),
                        ],
                    ]
                ],
            ]
        ]
    }

    private mutating func apiServers() -> [APIServerEvidence] {
        ["10.0.0.1:6443", "10.0.0.2:6443", "[fd00::3]:6443"].map { address in
            APIServerEvidence(
                address: address, discovery: .object([:]), reading: dice.one([Answer.object([:])]),
                isUnavailable: dice.one([false, nil]))
        }
    }

    private func moment(ago seconds: Int) -> JSONValue {
        .string(lab.askedAt.addingTimeInterval(TimeInterval(-seconds)).formatted(.iso8601))
    }
}
