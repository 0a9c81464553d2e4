// SPDX-License-Identifier: Apache-2.0

internal import Core

/// What the scheduler's words ask for (kube-scheduler's plugins: their ErrReason constants).
enum Placement {
    static func hint(_ message: String, isMetrics: Bool) -> Hint? {
        if let taint = taintOfAll(message) {
            return .fix("kubectl taint nodes --all \(taint)-", "if pods may run there")
        }
        guard isMetrics else { return nil }
        if message.contains("anti-affinity") {
            return .fix("\(.installMetrics)", "without --ha, or add a node: each replica wants one of its own")
        }
        if message.contains("free ports") {
            return .fix("kubectl -n \(.namespace) delete pods -l \(.podSelector)", "the pod before it holds the port")
        }
        if message.contains("node affinity") || message.contains("node selector") {
            return .fix(
                "kubectl label nodes --all kubernetes.io/os=linux",
                "where that label is missing: kubectl get nodes --show-labels")
        }
        return nil
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
