// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient
import SystemPackage

/// What makes Deployments roll out in a lab: the real controller-manager and scheduler, and a node. Behind a hollow one
/// is what is simulated: the node's numbers, and the processes of pods whose image we can stand in for.
struct LabRollouts: Sendable {
    let folder: String
    let controlPlane: LabControlPlane
    let node: LabNode
    /// Nil for none.
    let fault: WorkloadFault?
    let metricsServer: LabMetricsServer
    let start: LabStart
    let messages: LabMessages

    private var breaker: WorkloadBreaker? { fault.map { WorkloadBreaker(fault: $0, node: node) } }

    /// One that leaves kubemark's node of one core and 3.75 GiB some room.
    private static let seed: UInt64 = 48

    private var clients: [(name: String, kubeconfig: String, commonName: String, organizations: [String])] {
        [
            (
                "kube-controller-manager", "kube-controller-manager.kubeconfig", "system:kube-controller-manager", []
            ),
            ("kube-scheduler", "kube-scheduler.kubeconfig", "system:kube-scheduler", []),
            ("node", "node/kubeconfig", "system:node:\(node.name)", ["system:nodes"]),
            // The lab's own requests go by another name than those of the command that it runs: the audit log tells them
            // apart.
            ("machinery", "machinery.kubeconfig", "kbootstrap-lab", ["system:masters"]),
        ]
    }

    /// Certificates and kubeconfigs of the components, and the addresses that pods and kubelet answer on.
    func prepare(_ certificates: borrowing LabCertificates) throws {
        // Without them nothing is started.
        try controlPlane.requireControllers()
        _ = try metricsServer.program()
        let writer = LabKubeconfig(certificates: certificates.folder, server: LabControlPlane.server)
        try FileManager.default.createDirectory(atPath: "\(folder)/node", withIntermediateDirectories: true)
        for client in clients {
            try certificates.issue(
                client.name, commonName: client.commonName, organizations: client.organizations)
            try writer.write([(client.name, client.name)], to: "\(folder)/\(client.kubeconfig)")
        }
        if case .hollow(_, let address) = node {
            try Data(HollowNode.hosts(address).utf8).write(to: URL(filePath: "\(folder)/node/hosts"))
        }
        try LabNamespace.add(node.addresses)
        if fault == .noWayToAPIServer {
            try LabNamespace.remove(LabNamespace.apiServerClusterIP)
            try LabNamespace.makeUnreachable(LabNamespace.apiServerClusterIP, isSilent: true)
        }
    }

    /// Runs everything until the task is cancelled.
    ///
    /// - Throws: when a component ends.
    func run() async throws {
        let log = KlogLine(
            to: try FileDescriptor.open(
                FilePath("\(folder)/simulated.log"), .writeOnly, options: [.create, .append, .closeOnExec],
                permissions: .ownerReadWrite))
        let components = [try await controlPlane.controllerManager(), try await controlPlane.scheduler()]
        try await withClient { client in
            // The session says the same meanwhile.
            try await LabControlPlane.waitUntilReady(
                client, log: "\(folder)/kube-apiserver.log", LabMessages(isQuiet: true))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for component in components { group.addTask { try await component.run() } }
                if node.isReal || hasKubemark { group.addTask { try await assignPodRange(client) } }
                if let breaker { group.addTask { try await breaker.breakObjects(client) } }
                group.addTask {
                    switch node {
                    case .hollow(let fault, let address):
                        try await runHollowNode(client, fault: fault, address: address, log: log)
                    case .real:
                        try await LabRealNode(
                            folder: folder, controlPlane: controlPlane, metricsServer: metricsServer, start: start
                        ).run()
                    }
                }
                defer { group.cancelAll() }
                try await group.untilOneFails()
            }
        }
    }

    /// That of 1.20 makes the pods' probes. Later ones call every container ready (1.36: pkg/kubemark/hollow_kubelet.go,
    /// ProbeManager), archives of releases have none, and it ends with 1.37.
    private var hasKubemark: Bool {
        !controlPlane.version.isAtLeast(minor: 21) && controlPlane.binaries.has("kubemark")
    }

    private func runHollowNode(
        _ client: APIClient, fault: KubeletFault?, address: String, log: KlogLine
    ) async throws {
        let kubemark = hasKubemark ? try await controlPlane.hollowNode(address: address) : nil
        let runtime = PodRuntime(
            folder: "\(folder)/pods", program: try LabNamespace.ownProgram(),
            metricsServer: try metricsServer.program(),
            nodeAddress: address, log: log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                guard let kubemark else {
                    return try await SimulatedNode(
                        address: address, version: controlPlane.version, stopFile: "\(folder)/node/stopped", log: log
                    ).run(client)
                }
                try await kubemark.run(ofNodeIn: start)
            }
            group.addTask {
                try await SimulatedKubelets(
                    authorityCertificateFile: "\(folder)/pki/ca.pem", authorityKeyFile: "\(folder)/pki/ca-key.pem",
                    fault: { _ in fault }, checksTokens: true, seed: Self.seed,
                    containerLog: { runtime.log(of: $0) }, servingFolder: { _ in "\(folder)/node" }, log: log
                ).run(client)
            }
            group.addTask { try await runtime.run(client) }
            defer { group.cancelAll() }
            try await group.untilOneFails()
        }
    }

    /// Returns when the node takes pods and the controllers have begun their work.
    func waitUntilReady() async throws {
        try await withClient { client in
            let reference = ObjectReference(.nodes, name: node.name)
            let nodeWait = LabWait(
                what: "node \(node.name) is Ready", logs: node.logs.map { "\(folder)/\($0)" }, messages: messages)
            try await nodeWait.until { _ in reasonAgainst(try await client.existing(reference)) }
            messages.step("node \(node.name) is Ready (\(node.kind(hasKubemark: hasKubemark)))")
            let account = ObjectReference(.serviceAccounts, namespace: "kube-system", name: "default")
            let controllers = LabWait(
                what: "kube-controller-manager makes the service account kube-system/default",
                logs: ["\(folder)/kube-controller-manager.log"], messages: messages)
            try await controllers.until { _ in
                guard let account = try await client.existing(account) else { return "no such service account" }
                // Since 1.24 tokens are asked for, and no controller makes them.
                guard !controlPlane.version.isAtLeast(minor: 24), account["secrets"].array?.isEmpty ?? true else {
                    return nil
                }
                return "the service account has no token"
            }
            try await breaker?.breakNode(client)
            messages.step("kube-controller-manager and kube-scheduler are ready")
        }
    }

    /// Why the node takes no pods yet; nil where it does.
    private func reasonAgainst(_ node: JSONValue?) -> String? {
        guard let node else { return "no such Node" }
        let ready = (node["status"]["conditions"].array ?? []).first { $0["type"].string == "Ready" }
        guard let ready, ready["status"].string == "True" else {
            return "condition Ready: \(ready?["message"].string ?? "absent")"
        }
        let taints = (node["spec"]["taints"].array ?? []).compactMap { $0["key"].string }
        guard taints.isEmpty else { return "taints: \(taints.joined(separator: ", "))" }
        return self.node.isReal && !LabRealNode.hasImages(folder: folder) ? "containerd has no images yet" : nil
    }

    /// Gives the node its pod range as soon as it could be Ready: a kubelet that gets one tells its status at once,
    /// instead of after ten seconds. The last that a kubelet waits for before it calls itself Ready is its CSINode.
    /// (kube-controller-manager's own allocator would begin ten seconds after its start.)
    private func assignPodRange(_ client: APIClient) async throws {
        let storage = ResourceType(
            group: "storage.k8s.io", version: "v1", plural: "csinodes", kind: "CSINode", isNamespaced: false)
        let last = ObjectReference(storage, name: node.name)
        let wait = LabWait(
            what: "the kubelet registers \(node.name) and its CSINode", logs: node.logs.map { "\(folder)/\($0)" },
            messages: messages)
        try await wait.until { _ in try await client.existing(last) == nil ? "no such CSINode" : nil }
        let reference = ObjectReference(.nodes, name: node.name)
        let range = JSONValue.string(node.podRange)
        _ = try await client.patch(reference, ["spec": ["podCIDR": range, "podCIDRs": [range]]], type: .merge)
    }

    private func withClient(_ body: (APIClient) async throws -> Void) async throws {
        let connection = try ClusterConnection.resolve(
            ClusterOptions(kubeconfig: "\(folder)/machinery.kubeconfig"), environment: [:])
        try await APIClient.with(connection, body)
    }
}
