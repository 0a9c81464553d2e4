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
    var simulated: String {
        isReal
            ? "simulated: the metrics-server image (our stand-in); kubelet, containerd and runc are real"
            : "simulated: kubelet metrics, containers, and the metrics-server image (our stand-in)"
    }

    /// What it is, once it is Ready.
    var kind: String { isReal ? "kubelet, containerd and runc" : "kubemark: real kubelet code, no containers" }

    /// Whose logs tell why it is not Ready.
    var logs: [String] { isReal ? ["kubelet.log", "containerd.log"] : ["kubemark.log"] }

    var isReal: Bool { if case .real = self { true } else { false } }
}
