// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import FoundationEssentials
import Glibc
import PKI

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start a control plane, run a command in it, and take everything down again.",
        discussion: """
            The command runs inside the lab's namespaces with KUBECONFIG set (contexts lab, viewer and stranger), \
            LAB_DIR (logs, audit.log, flags), LAB_FRONT_PROXY_DIR, LAB_KUBERNETES_VERSION (such as v1.36.2), \
            LAB_METRICS_SERVER (stand-in, or a real one's version) and with --real-node LAB_METRICS_SERVER_IMAGE. Its \
            exit code is the lab's. kube-apiserver runs from LAB_DIR/kube-apiserver.service, as with Restart=always: end \
            it, and it starts with what is in the file by then. With --rollouts, the node's kubelet serves with \
            kubelet-serving.pem and kubelet-serving-key.pem of LAB_DIR/node once they are there. For a dead node: end the \
            process of LAB_DIR/node/kubelet.pid, or where there is none touch LAB_DIR/node/stopped.

            Example:
              kbootstrap-lab run -- kubectl get apiservices
              kbootstrap-lab run --fault wrong-requestheader-ca -- \\
                sh -c 'kbootstrap verify --apiservice v1alpha1.wardle.example.com --front-proxy-dir $LAB_FRONT_PROXY_DIR'
            """)

    @Option(
        help: "A folder with front-proxy files made by kbootstrap certs front-proxy (default: the lab makes its own).")
    var frontProxyDir: String?

    @Option(
        help: "A file with kube-apiserver's aggregation flags, one a line, as kbootstrap apiserver-flags prints them.")
    var apiserverFlags: String?

    @Option(help: "What is to be wrong; see kbootstrap-lab faults.")
    var fault: LabFault?

    @Flag(help: "No aggregated API: etcd and kube-apiserver only.")
    var bare = false

    @Flag(
        help: """
            Deployments roll out too: kube-controller-manager, kube-scheduler, a node without containers (kubemark of 1.20, \
            else simulated) with a simulated kubelet, and a stand-in for metrics-server's image.
            """)
    var rollouts = false

    @Flag(
        help: """
            As --rollouts, on a node with containers: the real kubelet, which asks for its serving certificate, \
            containerd and runc. Needs root; kbootstrap-lab real-node says whether it can be had.
            """)
    var realNode = false

    @Option(
        help: """
            With --rollouts or --real-node: a real metrics-server, the static binary of a release, to be run for its image \
            in the place of the stand-in (default: KBOOTSTRAP_LAB_METRICS_SERVER).
            """)
    var metricsServer: String?

    @Option(help: "With --rollouts: what is to be wrong with the node's simulated kubelet.")
    var kubeletFault: KubeletFault?

    @Option(
        help: "With --rollouts or --real-node: what is to be wrong around metrics-server, from when it is installed on."
    )
    var workloadFault: WorkloadFault?

    @Option(help: "With --rollouts: the node's address, of IPv4.")
    var nodeAddress = HollowNode.usualAddress

    @Option(help: "Keep logs, audit log and certificates in this folder; a new one, or one without a lab's etcd.")
    var keep: String?

    @Flag(help: "Nothing on stderr but errors.")
    var quiet = false

    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
    var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else { throw ValidationError("give a command to run, after --") }
        guard kubeletFault == nil || rollouts else { throw ValidationError("--kubelet-fault needs --rollouts") }
        if let workloadFault {
            guard workloadFault.needsContainers ? realNode : rollouts else {
                throw ValidationError(
                    "--workload-fault \(workloadFault.rawValue) needs \(workloadFault.nodeOption)")
            }
        }
        guard metricsServer == nil || rollouts || realNode else {
            throw ValidationError("--metrics-server needs --rollouts or --real-node")
        }
        guard !(rollouts && realNode) else { throw ValidationError("give --rollouts or --real-node, not both") }
        guard case .ip(let bytes)? = try? SubjectAlternativeName.parse(nodeAddress), bytes.count == 4 else {
            throw ValidationError("--node-address '\(nodeAddress)' is no IPv4 address")
        }
    }

    func run() async throws {
        guard LabNamespace.isInside else {
            if realNode, let reason = RealNodeRequirements.missing() { throw LabError(reason) }
            throw ExitCode(try await LabNamespace.enter(asUser: !realNode))
        }
        try LabNamespace.configureNetwork()
        let folder = try keep.map(Self.made) ?? Self.temporary()
        let session = LabSession(
            folder: folder, frontProxyDirectory: frontProxyDir, flagsFile: apiserverFlags, fault: fault,
            withSample: !bare, node: realNode ? .real : rollouts ? .hollow(kubeletFault, address: nodeAddress) : nil,
            workloadFault: workloadFault, metricsServerFile: metricsServerFile, isQuiet: quiet)
        let status: Int32
        do { status = try await session.run(command) } catch {
            LabMessages.write("kbootstrap-lab: \(error)\n")
            status = 1
        }
        if realNode { LabRealNode.clear() }
        if keep == nil { try? FileManager.default.removeItem(atPath: folder) }
        // The namespace's first process ends, and with it all that still runs.
        Glibc.exit(status)
    }

    /// Nil for the stand-in.
    private var metricsServerFile: String? {
        guard rollouts || realNode else { return nil }
        let usual = ProcessInfo.processInfo.environment["KBOOTSTRAP_LAB_METRICS_SERVER"] ?? ""
        return metricsServer ?? (usual.isEmpty ? nil : usual)
    }

    private static func made(_ path: String) throws -> String {
        let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        // Else the lab would go on with the objects of the one before.
        guard !FileManager.default.fileExists(atPath: absolute + "/etcd") else {
            throw LabError("the folder \(path) holds another lab's etcd", hint: "rm -r \(path)   # or give a new one")
        }
        try FileManager.default.createDirectory(atPath: absolute, withIntermediateDirectories: true)
        return absolute
    }

    private static func temporary() throws -> String {
        let path = "\(ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp")/kbootstrap-lab.\(UUID().uuidString)"
        return try made(path)
    }
}

extension KubeletFault: ExpressibleByArgument {}
