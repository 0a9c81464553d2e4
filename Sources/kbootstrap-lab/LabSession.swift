// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import FoundationEssentials
import KubernetesClient
import PKI
import Subprocess
import SystemPackage

/// One lab from its first certificate to the end of the command that runs in it.
struct LabSession: Sendable {
    let folder: String
    let frontProxyDirectory: String?
    let flagsFile: String?
    let fault: LabFault?
    let withSample: Bool
    /// What Deployments roll out to; nil where they do not.
    let node: LabNode?
    let workloadFault: WorkloadFault?
    /// A real metrics-server's program; nil for the stand-in.
    let metricsServerFile: String?
    let isQuiet: Bool

    private var pki: String { "\(folder)/pki" }
    private var kubeconfig: String { "\(folder)/kubeconfig" }
    private var frontProxy: String { frontProxyDirectory.map(absolute) ?? "\(folder)/front-proxy" }

    /// - Returns: the command's exit code.
    func run(_ words: [String]) async throws -> Int32 {
        let messages = LabMessages(isQuiet: isQuiet)
        let binaries = ControlPlaneBinaries.find()
        let controlPlane = LabControlPlane(
            folder: folder, binaries: binaries, version: try await binaries.version())
        let metricsServer = try await LabMetricsServer.read(metricsServerFile)
        let begun = LabStart()
        let rollouts = node.map {
            LabRollouts(
                folder: folder, controlPlane: controlPlane, node: $0, fault: workloadFault,
                metricsServer: metricsServer, start: begun, messages: messages)
        }
        try prepareCertificates(rollouts)
        messages.step("Kubernetes \(controlPlane.version)")
        if let node { messages.step(node.simulated(metricsServer)) }
        try Data(Self.auditPolicy.utf8).write(to: URL(filePath: "\(folder)/audit-policy.yaml"))
        let flags = try aggregationFlags()
        try Data(flags.map { $0 + "\n" }.joined().utf8).write(to: URL(filePath: "\(folder)/aggregation-flags"))
        try fault?.breakNetwork()
        let etcd = try controlPlane.etcd()
        let apiServer = try controlPlane.apiServer(
            aggregationFlags: flags, environment: fault == .httpProxy ? ["HTTPS_PROXY": "http://127.0.0.1:9"] : [:])
        let sample = try sampleAPIServer(of: controlPlane, messages)
        let registration = SampleRegistration(folder: folder, fault: fault, messages: messages)
        let second =
            fault == .apiServersDiffer ? SecondAPIServer.component(beside: apiServer, folder: folder) : nil

        let command = LabCommand(
            words, environment: environment(controlPlane.version, metricsServer))
        return try await withThrowingTaskGroup(of: Int32?.self) { group in
            func start(_ run: @escaping @Sendable () async throws -> Void) {
                group.addTask {
                    try await run()
                    return nil
                }
            }
            start { try await etcd.run() }
            if let second { start { try await second.run() } }
            let unit = LabUnit(path: "\(folder)/kube-apiserver.service")
            start { try await unit.supervise(apiServer, messages) }
            group.addTask {
                let connection = try ClusterConnection.resolve(
                    ClusterOptions(kubeconfig: kubeconfig), environment: [:])
                try await APIClient.with(connection) { client in
                    try await LabControlPlane.waitUntilReady(client, log: apiServer.log, messages)
                    messages.step("etcd and kube-apiserver are ready")
                    try unit.write(apiServer)
                    if let second {
                        try await SecondAPIServer.waitUntilPublished(client, log: second.log, messages)
                    }
                    if withSample, sample != nil || fault != nil { try await registration.run(client) }
                }
                try await rollouts?.waitUntilReady()
                try breakAfterStart()
                begun.begin()
                return try await command.run()
            }
            group.addTask { await command.heed(LabLifeline.messages()) }
            if let rollouts { start { try await rollouts.run() } }
            if let sample { start { try await registration.keepRunning(sample) } }
            defer { group.cancelAll() }
            while let status = try await group.next() {
                if let status { return status }
            }
            throw LabError("the lab ended without its command")
        }
    }

    /// Nil where none is asked for, or none is here.
    private func sampleAPIServer(
        of controlPlane: LabControlPlane, _ messages: LabMessages
    ) throws -> LabComponent? {
        guard withSample, fault != .backendDown else { return nil }
        if let sample = try controlPlane.sampleAPIServer() { return sample }
        if let fault {
            throw LabError(
                "the fault \(fault.rawValue) needs a sample-apiserver, and there is none here",
                hint: "unset KUBEBUILDER_ASSETS; scripts/control-plane   # builds one, once")
        }
        messages.step("no sample-apiserver here: no aggregated API, as with --bare")
        return nil
    }

    // MARK: Before the start

    private func prepareCertificates(_ rollouts: LabRollouts?) throws {
        let certificates = try LabCertificates.make(in: pki)
        let service = [
            "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
        ]
        try certificates.issue(
            "apiserver", commonName: "kube-apiserver", usages: [.serverAuth],
            names: service + [LabNamespace.hostAddress, "127.0.0.1", "10.32.0.1"])
        try certificates.serviceAccountKeys()
        try certificates.issue(
            "kubelet-client", commonName: "kube-apiserver-kubelet-client", organizations: ["system:masters"])
        try certificates.issue("admin", commonName: "admin", organizations: ["system:masters"])
        try certificates.issue("viewer", commonName: "viewer")
        try certificates.issue("stranger", commonName: "stranger")
        try certificates.issue("sample-apiserver", commonName: "sample-apiserver")
        try certificates.separateAuthority("wardle", server: SampleAPI.serverNames)
        try certificates.separateAuthority("other")
        try certificates.separateAuthority("foreign", server: ["admin"])
        let writer = LabKubeconfig(certificates: pki, server: LabControlPlane.server)
        try writer.write([("lab", "admin"), ("viewer", "viewer"), ("stranger", "stranger")], to: kubeconfig)
        try LabKubeconfig(
            certificates: pki, server: "https://\(LabNamespace.hostAddress):443", authority: "wardle.pem",
            serverName: SampleAPI.serverNames[0]
        ).write([("lab", "admin")], to: "\(folder)/backend.kubeconfig")
        try writer.write(
            [("sample-apiserver", "sample-apiserver")], to: "\(folder)/sample-apiserver.kubeconfig")
        try rollouts?.prepare(certificates)
    }

    private func aggregationFlags() throws -> [String] {
        var options = FrontProxyOptions()
        if fault == .sharedCA || fault == .sharedCAReader || fault == .sharedCAAllowed {
            options.outsideCA = OutsideCA(certificate: "\(pki)/ca.pem", key: "\(pki)/ca-key.pem")
            // A name that the API server knows, and that may read nothing, or all.
            options.commonName = fault == .sharedCAReader ? "viewer" : "stranger"
        }
        let store = try FrontProxyStore(directory: frontProxy, layout: .hardWay)
        let broken = LabFrontProxyFault(folder: frontProxy)
        switch fault {
        case .authorityExpired: try broken.make(.past, authorityToo: true)
        case .clientCertificateExpired: try broken.make(.past)
        case .clientCertificateNotYetValid: try broken.make(.future)
        default: if frontProxyDirectory == nil { _ = try store.ensure(options) }
        }
        if fault == .clientCertificateForServers { try broken.makeServerCertificate() }
        var other = "\(pki)/other.pem"
        if fault == .authorityMadeAnew {
            let anew = try FrontProxyStore(directory: "\(folder)/front-proxy-anew", layout: .hardWay)
            _ = try anew.ensure(options)
            other = try anew.load().caCertificatePath
        }
        let flags: [String]
        if let flagsFile {
            flags = try String(contentsOf: URL(filePath: flagsFile), encoding: .utf8)
                .split(separator: "\n").map { $0.filter { !$0.isWhitespace } }.filter { $0.hasPrefix("--") }
        } else {
            flags = AggregationFlags(files: try store.load()).flags.map(\.argument)
        }
        return fault?.change(flags, otherCA: other) ?? flags
    }

    // MARK: After the start

    /// What is to be wrong only once everything runs: the key on disk, and what the command knows of the cluster.
    private func breakAfterStart() throws {
        var writer = LabKubeconfig(certificates: pki, server: LabControlPlane.server)
        var user = "admin"
        switch fault {
        case .pairDoesNotMatch: return try LabFrontProxyFault(folder: frontProxy).replaceKey()
        case .apiServerDown: writer = LabKubeconfig(certificates: pki, server: LabControlPlane.nobody)
        case .notAnAPIServer: writer = LabKubeconfig(certificates: pki, server: LabControlPlane.etcdURL)
        case .credentialsOfAnotherCluster: user = "foreign-server"
        case .kubeconfigForeignCA: writer.authority = "other.pem"
        case .apiServersDiffer: writer.serverName = "kubernetes"
        case .callerMayNotRead: user = "stranger"
        default: return
        }
        try writer.write([("lab", user)], to: kubeconfig)
    }

    /// What the command finds in its environment.
    private func environment(_ version: ServerVersion, _ metricsServer: LabMetricsServer) -> Environment {
        .inherit.updating([
            "KUBECONFIG": kubeconfig, "KBOOTSTRAP_LAB": "1", "LAB_DIR": folder, "LAB_FRONT_PROXY_DIR": frontProxy,
            "LAB_KUBERNETES_VERSION": version.gitVersion, "LAB_METRICS_SERVER": metricsServer.environmentValue,
            "LAB_METRICS_SERVER_IMAGE": node?.isReal == true ? metricsServer.images[0] : nil,
            "KBOOTSTRAP_LAB_INSIDE": nil, "KBOOTSTRAP_LAB_LIFELINE": nil,
        ])
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    private static let auditPolicy = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
        - level: Metadata

        """
}
