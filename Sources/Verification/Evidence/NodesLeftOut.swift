// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// The Nodes that metrics-server need not have metrics of, and why.
struct NodesLeftOut {
    /// Those that `--node-selector` leaves to it; nil where there is none, or nobody asked.
    private let selected: Set<String>?
    private let selector: String

    init(_ evidence: Evidence) {
        selected = evidence[.selectedNodes].object.map { Set($0.items.compactMap(\.name)) }
        selector = evidence.nodeSelector ?? ""
    }

    /// nil for a Node whose kubelet metrics-server reads.
    func reason(_ node: JSONValue) -> String? {
        if let kind = node.virtualKind { return kind }
        guard let selected, let name = node.name, !selected.contains(name) else { return nil }
        return "--node-selector=\(selector) leaves it out"
    }
}

extension Evidence {
    /// What metrics-server's `--node-selector` says (also `-l`), by the pod that runs, else by the Deployment; nil where
    /// it has none (metrics-server, cmd/metrics-server/app/options: from 0.7.2 on).
    var nodeSelector: String? {
        let pods = (stayingPods ?? []).filter(\.isReadyPod).map { $0["spec"] }
        let specs = pods + (deployment.map { [$0["spec"]["template"]["spec"]] } ?? [])
        return specs.lazy.compactMap(\.nodeSelectorOfServer).first
    }
}

extension JSONValue {
    /// Of a pod's spec.
    fileprivate var nodeSelectorOfServer: String? {
        let containers = self["containers"].array ?? []
        guard let main = containers.first(where: { $0["name"].string == "metrics-server" }) ?? containers.first else {
            return nil
        }
        let words = ((main["command"].array ?? []) + (main["args"].array ?? [])).compactMap(\.string)
        var last: String?
        for (index, word) in words.enumerated() {
            for flag in ["--node-selector", "-l"] {
                if word == flag, index + 1 < words.count { last = words[index + 1] }
                if word.hasPrefix("\(flag)=") { last = String(word.dropFirst(flag.count + 1)) }
            }
        }
        return last?.isEmpty == true ? nil : last
    }

    /// Whether a Node has no kubelet that metrics-server reads.
    var isVirtualNode: Bool { virtualKind != nil }

    /// What such a Node is; nil for an ordinary one.
    ///
    /// Sources: virtual-kubelet (label `type`, taint `virtual-kubelet.io/provider`), Liqo (`liqo.io/type`), EKS
    /// (`eks.amazonaws.com/compute-type`), KWOK (`type=kwok`).
    fileprivate var virtualKind: String? {
        let labels = self["metadata"]["labels"]
        let taints = self["spec"]["taints"].array ?? []
        func taint(_ key: String) -> String? {
            taints.first { $0["key"].string == key }.map { $0["value"].string ?? "" }
        }
        if (labels["eks.amazonaws.com/compute-type"].string ?? taint("eks.amazonaws.com/compute-type")) == "fargate" {
            return "Fargate node"
        }
        let isVirtual =
            ["virtual-kubelet", "virtual-node", "kwok"].contains(labels["type"].string)
            || labels["virtual-kubelet.io/provider"] != .null || labels["liqo.io/type"].string == "virtual-node"
            || taint("virtual-kubelet.io/provider") != nil
        return isVirtual ? "virtual node, without a kubelet" : nil
    }
}
