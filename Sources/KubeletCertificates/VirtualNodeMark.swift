// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// How Nodes without a kubelet of a host are known: a provider registers them, and answers for their pods as it likes.
enum VirtualNodeMark {
    /// Label and value.
    private static let labels = [
        // virtual-kubelet's own, which Azure, Alibaba, Huawei and others keep.
        ("type", "virtual-kubelet"), ("eks.amazonaws.com/compute-type", "fargate"),
        ("alibabacloud.com/virtual-node", "true"), ("node.kubernetes.io/instance-type", "eklet"),
        ("liqo.io/type", "virtual-node"), ("type", "kwok"),
    ]
    /// Keys of taints, or how they begin.
    private static let taints = [
        "virtual-kubelet.io/", "eks.amazonaws.com/compute-type", "eks.tke.cloud.tencent.com/eklet",
        "virtual-node.liqo.io/", "virtual-node.interlink/", "kwok.x-k8s.io/node",
    ]

    /// - Returns: nil for a Node that has none.
    static func of(_ node: JSONValue) -> String? {
        let own = node["metadata"]["labels"]
        if let (key, value) = labels.first(where: { own[$0.0].string == $0.1 }) { return "\(key)=\(value)" }
        let keys = (node["spec"]["taints"].array ?? []).compactMap { $0["key"].string }
        return keys.first { key in taints.contains { key.hasPrefix($0) } }?.shortLine
    }
}
