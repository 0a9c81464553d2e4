// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// What the scheduler's words ask for (kube-scheduler's plugins: their ErrReason constants).
enum Placement {
    static func hint(_ message: String, of pod: JSONValue, isMetrics: Bool) -> Hint? {
        if let taint = taintOfAll(message) {
            return .fix("kubectl taint nodes --all \(taint)-", "if pods may run there")
        }
        if message.contains("node.cloudprovider.kubernetes.io/uninitialized") {
            return .look(
                "kubectl -n kube-system get pods", "does the cloud-controller-manager run? it removes the taint")
        }
        if message.contains("node(s) were unschedulable") {
            return .look("kubectl get nodes", "SchedulingDisabled: kubectl uncordon lets pods in again")
        }
        if let hint = selection(message, pod) { return hint }
        guard isMetrics else { return nil }
        if message.contains("anti-affinity") {
            return .fix("\(.installMetrics)", "without --ha, or add a node: each replica wants one of its own")
        }
        if message.contains("free ports") {
            return .fix("kubectl -n \(.namespace) delete pods -l \(.podSelector)", "the pod before it holds the port")
        }
        return nil
    }

    /// Whether no node takes the pod because none of them is Ready, or because those that would are not.
    static func isForNodesNotReady(_ message: String) -> Bool {
        ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "no nodes available"].contains {
            message.contains($0)
        }
    }

    private static let system = "kubernetes.io/os"

    private static func selection(_ message: String, _ pod: JSONValue) -> Hint? {
        guard message.contains("node affinity") || message.contains("node selector") else { return nil }
        let wanted = pod["spec"]["nodeSelector"].object ?? [:]
        guard let other = wanted.filter({ $0.key != system }).min(by: { $0.key < $1.key }) else {
            guard wanted[system] != nil else { return nil }
            return .fix(
                "kubectl label nodes --all kubernetes.io/os=linux",
                "where that label is missing: kubectl get nodes --show-labels")
        }
        let label = "\(other.key)=\(other.value.string ?? "")".inOneLine
        return .look("kubectl get nodes -L \(other.key.inOneLine)", "the pod wants a node with \(label)")
    }

    /// The taint that keeps control planes free, where every node has it: `0/N nodes are available: N node(s) had …`.
    private static func taintOfAll(_ message: String) -> String? {
        guard let all = message.firstMatch(of: /^0\/([0-9]+) nodes/)?.output.1,
            let found = message.firstMatch(
                of:
                    /([0-9]+) node\(s\) had (?:untolerated )?taint\(?s?\)? \{(node-role\.kubernetes\.io\/(?:control-plane|master)):/
            ),
            found.output.1 == all
        else { return nil }
        return String(found.output.2)
    }
}
