// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// The hollow node without kubemark: the lab itself tells the API server what a kubelet tells of its Node and pods.
struct SimulatedNode: Sendable {
    /// Its Node's, of IPv4.
    let address: String
    let version: ServerVersion
    /// While this file is there, the node tells nothing, as one that is dead.
    let stopFile: String
    let log: KlogLine

    private static let lease = ResourceType(
        group: "coordination.k8s.io", version: "v1", plural: "leases", kind: "Lease", isNamespaced: true)
    /// A kubelet's: its lease lasts four times as long (k8s.io/kubernetes, pkg/kubelet/apis/config/v1beta1).
    private static let heartbeat = Duration.seconds(10)

    /// Until the task is cancelled.
    func run(_ client: APIClient) async throws {
        _ = try await client.create(node)
        let pods = SimulatedPods(nodeAddress: address, log: log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pods.run(client) }
            group.addTask {
                while true {
                    if !FileManager.default.fileExists(atPath: stopFile) { await beat(client) }
                    try await Task.sleep(for: Self.heartbeat)
                }
            }
            defer { group.cancelAll() }
            try await group.untilOneFails()
        }
    }

    /// Renews the lease and the conditions' time. An API server that is away is asked again at the next beat.
    private func beat(_ client: APIClient) async {
        let lease = ObjectReference(Self.lease, namespace: "kube-node-lease", name: HollowNode.name)
        let now = UTCTime(Date())
        let spec: JSONValue = [
            "holderIdentity": .string(HollowNode.name), "leaseDurationSeconds": 40,
            "renewTime": .string("\(now.rfc3339.dropLast()).\(now.microsecond.padded(6))Z"),
        ]
        do throws(APIError) {
            _ = try await client.patch(
                lease,
                [
                    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": .string(lease.name)],
                    "spec": spec,
                ], type: .apply, query: [("fieldManager", "kubelet"), ("force", "true")])
            let node = ObjectReference(.nodes, name: HollowNode.name)
            _ = try await client.patch(node.status, ["status": ["conditions": conditions]], type: .strategic)
        } catch {
            log.plain(.error, "The simulated node's heartbeat failed: \(error)", at: "SimulatedNode.swift")
        }
    }

    private var conditions: JSONValue {
        let kinds = [
            ("MemoryPressure", "False", "KubeletHasSufficientMemory"),
            ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
            ("PIDPressure", "False", "KubeletHasSufficientPID"), ("Ready", "True", "KubeletReady"),
        ]
        let now = JSONValue.string(UTCTime(Date()).rfc3339)
        return .array(
            kinds.map { type, status, reason in
                [
                    "type": .string(type), "status": .string(status), "reason": .string(reason),
                    "message": "posted by kbootstrap-lab, which simulates this node", "lastHeartbeatTime": now,
                ]
            })
    }

    /// As large as kubemark's.
    private var node: JSONValue {
        let resources: JSONValue = ["cpu": "1", "memory": "3840Mi", "pods": "110", "ephemeral-storage": "10Gi"]
        let name = JSONValue.string(HollowNode.name)
        let range = JSONValue.string(HollowNode.podRange)
        return [
            "apiVersion": "v1", "kind": "Node",
            "metadata": [
                "name": name,
                "labels": [
                    "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                ],
            ],
            "spec": ["podCIDR": range, "podCIDRs": [range]],
            "status": [
                "addresses": [
                    ["type": "InternalIP", "address": .string(address)], ["type": "Hostname", "address": name],
                ],
                "capacity": resources, "allocatable": resources, "conditions": conditions,
                "daemonEndpoints": ["kubeletEndpoint": ["Port": .int(Int64(HollowNode.port))]],
                "nodeInfo": [
                    "kubeletVersion": .string(version.gitVersion), "operatingSystem": "linux", "architecture": "amd64",
                    "osImage": "simulated", "kernelVersion": "simulated", "machineID": "simulated",
                    "systemUUID": "simulated", "bootID": "simulated", "containerRuntimeVersion": "simulated://1",
                    "kubeProxyVersion": .string(version.gitVersion),
                ],
            ],
        ]
    }
}

extension ObjectReference {
    /// The object's subresource `status`, whose path goes on from the object's.
    var status: ObjectReference {
        ObjectReference(
            ResourceType(
                group: type.group, version: type.version, plural: "\(type.plural)/\(name)", kind: type.kind,
                isNamespaced: type.isNamespaced), namespace: namespace, name: "status")
    }
}
