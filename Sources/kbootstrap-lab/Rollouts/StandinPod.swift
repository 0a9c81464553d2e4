// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// A pod with a container whose image we stand in for, and how that container is to run.
struct StandinPod: Sendable {
    /// Images whose name holds this are stood in for.
    private static let imageName = "metrics-server"

    let namespace: String
    let name: String
    let uid: String
    /// As the API writes it, which sorts by time.
    let created: String
    /// Neither ended nor about to be deleted.
    let isWanted: Bool
    let container: String
    let image: String
    let volumes: [JSONValue]
    let volumeMounts: [JSONValue]
    let serviceAccount: String
    /// Whether it has the node's network and address.
    let isInHostNetwork: Bool
    /// Whether it runs as root, who may listen on ports below 1024.
    let isRoot: Bool
    /// How long it answers on once it is to go (`lifecycle.preStop.sleep`, of Kubernetes 1.30 and later).
    let preStopSleep: Duration
    private let ownArguments: [String]
    private let ownEnvironment: [String: String]

    /// Nil for a pod with no such container.
    init?(_ pod: JSONValue) {
        let containers = pod["spec"]["containers"].array ?? []
        guard let name = pod.name, let uid = pod["metadata"]["uid"].string,
            let container = containers.first(where: { $0["image"].string?.contains(Self.imageName) ?? false }),
            let containerName = container["name"].string
        else { return nil }
        (self.name, self.uid) = (name, uid)
        namespace = pod["metadata"]["namespace"].string ?? "default"
        created = pod["metadata"]["creationTimestamp"].string ?? ""
        isWanted =
            pod["metadata"]["deletionTimestamp"] == .null
            && !["Failed", "Succeeded"].contains(pod["status"]["phase"].string ?? "")
        self.container = containerName
        image = container["image"].string ?? ""
        volumes = pod["spec"]["volumes"].array ?? []
        volumeMounts = container["volumeMounts"].array ?? []
        serviceAccount = pod["spec"]["serviceAccountName"].string ?? "default"
        isInHostNetwork = pod["spec"]["hostNetwork"].bool ?? false
        isRoot = container["securityContext"]["runAsUser"].int ?? 0 == 0
        preStopSleep = Self.preStopSleep(of: container)
        ownArguments = ((container["command"].array ?? []).dropFirst() + (container["args"].array ?? []))
            .compactMap(\.string)
        ownEnvironment = Dictionary(
            (container["env"].array ?? []).compactMap { entry in
                guard let name = entry["name"].string, let value = entry["value"].string else { return nil }
                return (name, value)
            }, uniquingKeysWith: { $1 })
    }

    static func preStopSleep(of container: JSONValue) -> Duration {
        .seconds(container["lifecycle"]["preStop"]["sleep"]["seconds"].int ?? 0)
    }

    /// 443 is upstream's default.
    var port: Int {
        let flag = "--secure-port="
        return ownArguments.last { $0.hasPrefix(flag) }.flatMap { Int($0.dropFirst(flag.count)) } ?? 443
    }

    /// The container's, listening on the pod's address: the lab's processes share one network.
    func arguments(nodeAddress: String) -> [String] {
        ownArguments + ["--bind-address=\(isInHostNetwork ? nodeAddress : HollowNode.podAddress)"]
    }

    var environment: [String: String] {
        var environment = [
            "KUBERNETES_SERVICE_HOST": LabNamespace.apiServerClusterIP,
            // No kube-proxy leads from the Service's port to this one.
            "KUBERNETES_SERVICE_PORT": "6443",
        ]
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            if let value = ProcessInfo.processInfo.environment[name] { environment[name] = value }
        }
        if let tag { environment[StandinRelease.environmentVariable] = tag }
        return environment.merging(ownEnvironment) { $1 }
    }

    /// Of `registry:5000/metrics-server:v0.6.1@sha256:…`, the `v0.6.1`.
    private var tag: String? {
        let name = image.prefix { $0 != "@" }.split(separator: "/").last ?? ""
        return name.split(separator: ":").dropFirst().first.map(String.init)
    }
}
