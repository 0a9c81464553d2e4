// SPDX-License-Identifier: Apache-2.0

import Core
import Foundation
import KubernetesClient
import Testing
import Verification

/// Clusters that are well, each in its own way: whoever cries wolf is not believed.
@Suite struct HealthyVariationsTests {
    @Test("no false alarm", arguments: 0..<200)
    func healthy(_ seed: Int) throws {
        var cluster = try HealthyCluster(seed: UInt64(seed))
        let evidence = cluster.evidence()
        let report = VerificationReport(
            judging: VerificationRecord(server: "https://10.0.0.1:6443", context: nil, evidence: evidence))
        #expect(report.isHealthy, "\(report.rootCauses)")
        // Both are true of these clusters: the lab's CA lasts two days.
        let spec = evidence[.apiService].object?["spec"] ?? .null
        let isUnverified = spec["insecureSkipTLSVerify"].bool == true
        let told = isUnverified ? ["KB413"] : spec["caBundle"] == .null ? [] : ["KB414"]
        #expect(report.warnings.map(\.code.rawValue) == told, "\(report.warnings)")
    }
}

/// A cluster as it may be and work, chosen by a seed.
private struct HealthyCluster {
    private var dice: Dice
    /// From the lab: certificates that fit each other, at a time when they are valid.
    private let lab: Evidence

    init(seed: UInt64) throws {
        dice = Dice(seed: seed)
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Evidence/healthy.none.json")
        lab = try VerificationRecord(json: Array(try Data(contentsOf: file)), source: "healthy").evidence
    }

    mutating func evidence() -> Evidence {
        let names = (1...dice.number(1, 40)).map { "node-\($0)" }
        // Not every node is Ready, and not every one that is not has lost its metrics yet.
        let ready = names.filter { _ in names.count == 1 || dice.chance(0.9) }
        let measured = ready + names.filter { !ready.contains($0) && dice.chance(0.3) }
        var evidence = Evidence(apiServiceName: "v1beta1.metrics.k8s.io", askedAt: lab.askedAt)
        evidence[.version] = .object(["gitVersion": dice.one(["v1.20.2", "v1.24.17-eks-1", "v1.31.2+k3s1", "v1.37.1"])])
        evidence[.authentication] = .object(["data": authentication()])
        evidence[.apiService] = .object(apiService())
        // Endpoints have the name of the Service's port; the aggregator looks for it, too.
        let portName = dice.chance(0.5) ? "https" : ""
        evidence[.service] = .object([
            "spec": [
                "clusterIP": dice.one(["10.32.0.7", "fd00::7"]),
                "ports": portName.isEmpty
                    ? [["port": 443]] : [["name": .string(portName), "port": 443, "targetPort": "https"]],
                "selector": ["k8s-app": "metrics-server"],
            ]
        ])
        evidence[.endpoints] = .object(["subsets": endpoints(portName)])
        evidence[.pods] = .object(["items": .array((1...dice.number(1, 3)).map { backend($0) })])
        evidence[.discovery] = .object(["resources": [["name": "nodes"], ["name": "pods"]]])
        evidence[.access] = .object(["status": ["allowed": true]])
        evidence[.reading] = .object(["items": .array(measured.shuffled(using: &dice).map { nodeMetrics($0) })])
        evidence[.nodes] = .object([
            "items": .array(names.shuffled(using: &dice).map { node($0, isReady: ready.contains($0)) })
        ])
        let pods = (0..<dice.number(0, 120)).map { "pod-\($0)" }
        evidence[.allPods] = .object(["items": .array(pods.map { pod($0) })])
        // Metrics outlive their pod for a moment.
        evidence[.podMetrics] = .object(["items": .array((pods + ["gone"]).map { podMetrics($0) })])
        if dice.chance(0.5) {
            evidence.frontProxy = lab.frontProxy
            evidence.unknownUsers = lab.unknownUsers
        }
        return evidence
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
        ]
        let other: JSONValue = ["type": "SomethingElse", "status": "False", "reason": "Whatever"]
        return [
            "metadata": ["name": "v1beta1.metrics.k8s.io"], "spec": spec,
            "status": ["conditions": dice.one([[available], [other, available]])],
        ]
    }

    private mutating func endpoints(_ portName: String) -> JSONValue {
        let ports: JSONValue = [["name": .string(portName), "port": dice.one([4443, 10250, 8443])]]
        var subset: JSONValue = [
            "addresses": dice.one([[["ip": "10.0.0.9"]], [["ip": "fd00::9"], ["ip": "fd00::a"]]])
        ]
        subset["ports"] = ports
        if dice.chance(0.3) { subset["notReadyAddresses"] = [["ip": "10.0.0.99"]] }
        return [subset]
    }

    /// The first one serves; others may be on their way in or out.
    private mutating func backend(_ number: Int) -> JSONValue {
        var pod: JSONValue = ["metadata": ["name": .string("metrics-server-\(number)"), "namespace": "kube-system"]]
        let isReady = number == 1 || dice.chance(0.5)
        pod["status"] = [
            "phase": isReady ? "Running" : dice.one(["Running", "Pending"]),
            "conditions": [["type": "Ready", "status": isReady ? "True" : "False"]],
        ]
        return pod
    }

    private mutating func node(_ name: String, isReady: Bool) -> JSONValue {
        [
            "metadata": ["name": .string(name)], "spec": dice.one([[:], ["unschedulable": true]]),
            "status": [
                "conditions": [
                    ["type": "MemoryPressure", "status": "False"],
                    ["type": "Ready", "status": isReady ? "True" : dice.one(["False", "Unknown"])],
                ]
            ],
        ]
    }

    private mutating func nodeMetrics(_ name: String) -> JSONValue {
        [
            "metadata": ["name": .string(name)], "timestamp": moment(ago: dice.number(-3, 90)), "window": "20.05s",
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

    private func moment(ago seconds: Int) -> JSONValue {
        .string(lab.askedAt.addingTimeInterval(TimeInterval(-seconds)).formatted(.iso8601))
    }
}

/// Chance that comes out the same way every time (SplitMix64).
private struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func number(_ least: Int, _ most: Int) -> Int { Int.random(in: least...most, using: &self) }

    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    mutating func one(_ choices: [JSONValue]) -> JSONValue { choices[number(0, choices.count - 1)] }
}
