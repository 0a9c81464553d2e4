// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What can be wrong around metrics-server in a lab where Deployments roll out. The objects and the network are really
/// so; who runs the pod tells.
enum WorkloadFault: String, CaseIterable, ExpressibleByArgument, Sendable {
    case untoleratedTaint = "untolerated-taint"
    case nodeLabelMissing = "node-label-missing"
    case unknownFlag = "unknown-flag"
    case lowPort = "low-port"
    case kubeletsPort = "kubelets-port"
    case noAuthReader = "no-auth-reader"
    case noWayToAPIServer = "no-way-to-apiserver"
    case hostnameFirst = "hostname-first"
    case addressTypeAbsent = "address-type-absent"
    case oldClusterRole = "old-cluster-role"
    case portNameDiffers = "port-name"
    case anotherAdapter = "another-adapter"
    case noRoleBinding = "no-role-binding"
    case probePath = "probe-path"
    case scaledToZero = "scaled-to-zero"
    case noServiceAccount = "no-service-account"
    case priorityClassMissing = "priority-class-missing"
    case podQuota = "pod-quota"
    case podSecurity = "pod-security"
    case imageAbsent = "image-absent"

    /// What is wrong, in words, the code that `kbootstrap verify` must name as the root cause after
    /// `kbootstrap install-metrics`, and the rows of the failure catalogue that it stands for.
    var row: (summary: String, code: String, catalogued: String) {
        switch self {
        case .untoleratedTaint: ("the only node has the control plane's taint", "KB311", "F6")
        case .nodeLabelMissing: ("the node has no label kubernetes.io/os, which the pod asks for", "KB311", "F64")
        case .unknownFlag: ("the container has a flag of a release before", "KB323", "F12")
        case .lowPort: ("the container is to listen on 443, without the right to it", "KB321", "F9")
        case .kubeletsPort: ("the pod is in the node's network, on the kubelet's port", "KB322", "F11")
        case .noAuthReader: ("the RoleBinding in kube-system is missing", "KB325", "F34")
        case .noWayToAPIServer: ("packets from pods to the API server's ClusterIP are dropped", "KB326", "F35")
        case .hostnameFirst: ("nodes are dialled by names that no DNS knows", "KB612", "F47")
        case .addressTypeAbsent: ("nodes are dialled by a type of address that they do not have", "KB613", "F48")
        case .oldClusterRole: ("the ClusterRole is that of releases before 0.6: nodes/stats", "KB608", "F45")
        case .portNameDiffers: ("the Service leads to a port by a name that the pod does not have", "KB305", "F5")
        case .anotherAdapter: ("the APIService is another metrics adapter's, whose Service is gone", "KB301", "F57")
        case .noRoleBinding: ("the ClusterRoleBinding to list nodes and pods is missing", "KB340", "")
        case .probePath: ("the readiness probe asks for a path that there is not", "KB341", "")
        case .scaledToZero: ("the Deployment is scaled to 0", "KB315", "")
        case .noServiceAccount: ("the ServiceAccount is deleted", "KB334", "")
        case .priorityClassMissing: ("the pod wants a PriorityClass that there is not", "KB334", "")
        case .podQuota: ("a ResourceQuota allows no pod", "KB317", "")
        case .podSecurity: ("Pod Security forbids the pod, which is in the node's network", "KB316", "F63")
        case .imageAbsent: ("the image is not on the node, and no registry answers", "KB312", "F8")
        }
    }

    /// The first minor version of Kubernetes that can have it; nil where every one can.
    var since: Int? { self == .podSecurity ? 25 : nil }

    /// Whether only containers that are real can tell: kubemark warns of no probe.
    var needsContainers: Bool { [.imageAbsent, .probePath].contains(self) }

    /// With which `kbootstrap-lab run` starts a node that can have it.
    var nodeOption: String { needsContainers ? "--real-node" : "--rollouts" }
}
