// SPDX-License-Identifier: Apache-2.0

/// The node that a lab's Deployments roll out to.
enum LabNode: Sendable {
    /// kubemark, with a simulated kubelet's numbers; what is wrong with that kubelet, nil for nothing; its address, of IPv4.
    case hollow(KubeletFault?, address: String)
    /// The real kubelet, containerd and runc.
    case real

    var name: String { isReal ? RealNode.name : HollowNode.name }
    var podRange: String { isReal ? RealNode.podRange : HollowNode.podRange }

    /// What the lab's own network must answer on.
    var addresses: [String] {
        switch self {
        case .hollow(_, let address): [address, HollowNode.podAddress, LabNamespace.apiServerClusterIP]
        case .real: [RealNode.address]
        }
    }

    /// What somebody who reads the lab's results should know of them.
    func simulated(_ metricsServer: LabMetricsServer) -> String {
        let (standIns, programs) = metricsServer.words
        let simulated = (isReal ? [] : ["kubelet metrics", "containers"]) + standIns
        let real = (isReal ? ["kubelet", "containerd", "runc"] : []) + programs
        let parts = [("simulated", simulated), ("real", real)].filter { !$0.1.isEmpty }
        return parts.map { "\($0): \($1.joined(separator: ", "))" }.joined(separator: "; ")
    }

    /// What it is, once it is Ready.
    func kind(hasKubemark: Bool) -> String {
        if isReal { return "kubelet, containerd and runc" }
        return hasKubemark ? "kubemark: real kubelet code, no containers" : "simulated by the lab, with real probes"
    }

    /// Whose logs tell why it is not Ready.
    var logs: [String] { isReal ? ["kubelet.log", "containerd.log"] : ["kubemark.log"] }

    var isReal: Bool { if case .real = self { true } else { false } }
}
