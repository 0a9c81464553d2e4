// SPDX-License-Identifier: Apache-2.0

import KubernetesClient

/// Makes a lab's workload wrong once, and leaves it to whoever is to mend it.
struct WorkloadBreaker: Sendable {
    let fault: WorkloadFault
    let node: LabNode

    /// Before the node is offered to anybody.
    func breakNode(_ client: APIClient) async throws {
        for change in fault.changes(ofNode: node.name) { try await change.make(client) }
    }

    /// As soon as metrics-server is applied, of which the APIService comes last.
    func breakObjects(_ client: APIClient) async throws {
        guard !fault.changesOfObjects.isEmpty else { return }
        // Whoever runs in the lab decides when: there is no limit. kube-apiserver may be away meanwhile.
        while (try? await client.existing(WorkloadFault.apiService)) == nil {
            try await Task.sleep(for: .milliseconds(100))
        }
        for change in fault.changesOfObjects { try await change.make(client) }
        try await replacePods(client)
    }

    /// What was begun before the change is not to go on beside what comes after it.
    private func replacePods(_ client: APIClient) async throws {
        let replicaSets = ResourceType(
            group: "apps", version: "v1", plural: "replicasets", kind: "ReplicaSet", isNamespaced: true)
        for found in try await client.list(replicaSets, namespace: "kube-system").items {
            guard let name = found.name, name.hasPrefix("metrics-server-") else { continue }
            try await client.delete(ObjectReference(replicaSets, namespace: "kube-system", name: name))
        }
    }
}
