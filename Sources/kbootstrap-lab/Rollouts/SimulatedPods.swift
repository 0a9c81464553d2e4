// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// Tells the API server of the hollow node's pods what a kubelet would: they run from when they are scheduled, and are
/// ready when their probes say so. Whether a process runs behind them is `PodRuntime`'s affair.
struct SimulatedPods: Sendable {
    let nodeAddress: String
    let log: KlogLine

    private static let look = Duration.milliseconds(500)

    /// Until the task is cancelled.
    func run(_ client: APIClient) async throws {
        let pods = FollowedObjects<JSONValue>(.pods, fieldSelector: "spec.nodeName=\(HollowNode.name)", log: log) { $0 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await pods.follow(client) }
            defer { group.cancelAll() }
            var known: Set<String> = []
            while true {
                for pod in pods.all {
                    guard let uid = pod["metadata"]["uid"].string, known.insert(uid).inserted else { continue }
                    group.addTask { try await attend(pod, uid, among: pods, client) }
                }
                try await Task.sleep(for: Self.look)
            }
        }
    }

    private func attend(
        _ pod: JSONValue, _ uid: String, among pods: FollowedObjects<JSONValue>, _ client: APIClient
    ) async throws {
        let reference = ObjectReference(
            .pods, namespace: pod["metadata"]["namespace"].string ?? "default", name: pod.name ?? "")
        let isInHostNetwork = pod["spec"]["hostNetwork"].bool ?? false
        let address = isInHostNetwork ? nodeAddress : HollowNode.podAddress
        var containers = (pod["spec"]["containers"].array ?? []).map { ProbedContainer($0, at: address) }
        let started = UTCTime(Date()).rfc3339
        var told: JSONValue?
        while let current = pods[reference.namespace ?? "", reference.name], current["metadata"]["uid"].string == uid {
            if current["metadata"]["deletionTimestamp"] != .null {
                let sleeps = (pod["spec"]["containers"].array ?? []).map(StandinPod.preStopSleep)
                try await Task.sleep(for: sleeps.max() ?? .zero)
                return try await end(reference, uid, client)
            }
            for index in containers.indices {
                for failure in await containers[index].probe() { await tell(failure, of: current, client) }
            }
            let status = status(containers, of: current, at: address, started: started)
            if status != told {
                do throws(APIError) {
                    _ = try await client.patch(reference.status, ["status": status], type: .merge)
                    told = status
                } catch { log.plain(.error, "Pod \(reference.name): \(error)", at: "SimulatedPods.swift") }
            }
            try await Task.sleep(for: Self.look)
        }
    }

    /// The pod's process has its end by now; its object goes.
    private func end(_ pod: ObjectReference, _ uid: String, _ client: APIClient) async throws {
        _ = try? await client.raw(
            .delete, pod.path,
            body: [
                "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
                "preconditions": ["uid": .string(uid)],
            ])
    }

    private func status(
        _ containers: [ProbedContainer], of pod: JSONValue, at address: String, started: String
    ) -> JSONValue {
        let isReady = containers.allSatisfy(\.isReady)
        let unready = containers.filter { !$0.isReady }.map(\.name).joined(separator: " ")
        let former = pod["status"]["conditions"].array ?? []
        func condition(_ type: String, _ holds: Bool) -> JSONValue {
            let status: JSONValue = holds ? "True" : "False"
            let same = former.first { $0["type"].string == type && $0["status"] == status }
            var condition: JSONValue = [
                "type": .string(type), "status": status,
                "lastTransitionTime": same?["lastTransitionTime"] ?? .string(UTCTime(Date()).rfc3339),
            ]
            if !holds {
                condition["reason"] = "ContainersNotReady"
                condition["message"] = .string("containers with unready status: [\(unready)]")
            }
            return condition
        }
        return [
            "phase": "Running", "startTime": .string(started), "podIP": .string(address),
            "podIPs": [["ip": .string(address)]], "hostIP": .string(nodeAddress),
            "conditions": [
                condition("Initialized", true), condition("Ready", isReady), condition("ContainersReady", isReady),
                condition("PodScheduled", true),
            ],
            "containerStatuses": .array(containers.map(\.status)),
        ]
    }

    /// As a kubelet does: one event for a message, which counts.
    private func tell(_ failure: ProbedContainer.Failure, of pod: JSONValue, _ client: APIClient) async {
        let namespace = pod["metadata"]["namespace"].string ?? "default"
        let name = "\(pod.name ?? "").\(failure.container).\(failure.reason.lowercased()).\(failure.kind)"
        let reference = ObjectReference(.events, namespace: namespace, name: name)
        let now = JSONValue.string(UTCTime(Date()).rfc3339)
        let live = try? await client.existing(reference)
        let count = (live?["count"].int ?? 0) + 1
        let event: JSONValue = [
            "apiVersion": "v1", "kind": "Event",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "involvedObject": [
                "apiVersion": "v1", "kind": "Pod", "namespace": .string(namespace), "name": .string(pod.name ?? ""),
                "uid": pod["metadata"]["uid"],
                "fieldPath": .string("spec.containers{\(failure.container)}"),
            ],
            "reason": .string(failure.reason), "message": .string(failure.message), "type": "Warning",
            "source": ["component": "kubelet", "host": .string(HollowNode.name)],
            "firstTimestamp": live?["firstTimestamp"] ?? now, "lastTimestamp": now,
            "count": .int(Int64(count)),
        ]
        if live == nil {
            _ = try? await client.create(event)
        } else {
            _ = try? await client.patch(reference, event, type: .merge)
        }
    }
}
