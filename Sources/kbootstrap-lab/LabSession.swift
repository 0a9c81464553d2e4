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
    let isQuiet: Bool

    private var pki: String { "\(folder)/pki" }
    private var kubeconfig: String { "\(folder)/kubeconfig" }
    private var frontProxy: String { frontProxyDirectory.map(absolute) ?? "\(folder)/front-proxy" }

    /// - Returns: the command's exit code.
    func run(_ words: [String]) async throws -> Int32 {
        let messages = LabMessages(isQuiet: isQuiet)
        let controlPlane = LabControlPlane(folder: folder, binaries: .find())
        let rollouts = node.map {
            LabRollouts(folder: folder, controlPlane: controlPlane, node: $0, fault: workloadFault)
        }
        try prepareCertificates(rollouts)
        if let node { messages.step(node.simulated) }
        try Data(Self.auditPolicy.utf8).write(to: URL(filePath: "\(folder)/audit-policy.yaml"))
        let flags = try aggregationFlags()
        try Data(flags.map { $0 + "\n" }.joined().utf8).write(to: URL(filePath: "\(folder)/aggregation-flags"))
        try fault?.breakNetwork()
        let etcd = try controlPlane.etcd()
        let apiServer = try controlPlane.apiServer(
            aggregationFlags: flags, environment: fault == .httpProxy ? ["HTTPS_PROXY": "http://127.0.0.1:9"] : [:])
        let sample = withSample && fault != .backendDown ? try controlPlane.sampleAPIServer() : nil

        let command = LabCommand(words, environment: environment)
        return try await withThrowingTaskGroup(of: Int32?.self) { group in
            func start(_ component: LabComponent) {
                group.addTask {
                    try await component.run()
                    return nil
                }
            }
            start(etcd)
            if fault == .apiServersDiffer { start(SecondAPIServer.component(beside: apiServer, folder: folder)) }
            let unit = LabUnit(path: "\(folder)/kube-apiserver.service")
            group.addTask {
                try await unit.supervise(apiServer) { messages.step($0) }
                return nil
            }
            group.addTask {
                let connection = try ClusterConnection.resolve(
                    ClusterOptions(kubeconfig: kubeconfig), environment: [:])
                try await APIClient.with(connection) { client in
                    try await LabControlPlane.waitUntilReady(client, log: apiServer.log)
                    messages.step("etcd and kube-apiserver are ready")
                    try unit.write(apiServer)
                    if fault == .apiServersDiffer { try await SecondAPIServer.waitUntilPublished(client) }
                    if withSample { try await register(client, messages) }
                }
                try await rollouts?.waitUntilReady(messages)
                try breakAfterStart()
                return try await command.run()
            }
            group.addTask { await command.heed(LabLifeline.messages()) }
            if let rollouts {
                group.addTask {
                    try await rollouts.run()
                    return nil
                }
            }
            // The sample-apiserver retries until kube-apiserver is there.
            if let sample {
                group.addTask {
                    try await Task.sleep(for: .seconds(3))
                    while !Task.isCancelled {
                        do { try await sample.run() } catch is LabError {
                            try await Task.sleep(for: .milliseconds(500))
                        }
                    }
                    return nil
                }
            }
            defer { group.cancelAll() }
            while let status = try await group.next() {
                if let status { return status }
            }
            throw LabError("the lab ended without its command")
        }
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

    private func register(_ client: APIClient, _ messages: LabMessages) async throws {
        let bundle = fault == .foreignCABundle ? "other.pem" : "wardle.pem"
        let sample = SampleAPI(
            caBundle: try Data(contentsOf: URL(filePath: "\(pki)/\(bundle)")), fault: fault)
        let version = try await client.serverVersion()
        for object in sample.objects() { _ = try await client.apply(object, server: version) }
        if fault != .backendDown { try await waitForBackend() }
        let reference = ObjectReference(.apiServices, name: SampleAPI.apiServiceName)
        for attempt in 0..<600 {
            // The aggregator looks at once when the APIService changes, else after up to 30 s; what changes while it
            // waits for an answer has its verdict refused.
            if fault == nil || attempt < 4 {
                _ = try? await client.patch(
                    reference, ["metadata": ["annotations": ["kbootstrap.dev/lab-nudge": .string("\(attempt)")]]],
                    type: .merge)
            }
            try await Task.sleep(for: .milliseconds(300))
            let answer = try await client.raw(.get, SampleAPI.discoveryPath)
            if answer.status == 200 {
                messages.step("\(SampleAPI.apiServiceName) (the real sample-apiserver) answers through the aggregator")
                return
            }
            // With a fault it need not: a few looks at the backend that runs by now are enough.
            if let fault, attempt >= 4, isShown(by: answer), try await hasBeenLookedAt(client) {
                messages.step("\(SampleAPI.apiServiceName) is registered, with the fault \(fault.rawValue)")
                return
            }
        }
        throw LabError(
            "\(SampleAPI.apiServiceName) does not answer through the aggregator",
            hint: "less \(folder)/sample-apiserver.log \(folder)/kube-apiserver.log")
    }

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

    /// Whether a live answer shows the fault already: for a moment the aggregator still holds the backend for missing.
    private func isShown(by answer: RawResponse) -> Bool {
        fault != .foreignCABundle || String(decoding: answer.body, as: UTF8.self).contains("x509")
    }

    /// Whether the aggregator has said anything of the APIService yet: where no answer comes it takes its time.
    private func hasBeenLookedAt(_ client: APIClient) async throws -> Bool {
        guard fault != .apiServiceMissing else { return true }
        let service = try await client.get(ObjectReference(.apiServices, name: SampleAPI.apiServiceName))
        return !(service["status"]["conditions"].array ?? []).isEmpty
    }

    /// Asks the sample-apiserver itself, past the aggregator.
    private func waitForBackend() async throws {
        let connection = try ClusterConnection.resolve(
            ClusterOptions(kubeconfig: "\(folder)/backend.kubeconfig"), environment: [:])
        try await APIClient.with(connection) { backend in
            for _ in 0..<600 {
                if let answer = try? await backend.raw(.get, "/healthz"), answer.status == 200 { return }
                try await Task.sleep(for: .milliseconds(200))
            }
            throw LabError("the sample-apiserver does not answer", hint: "less \(folder)/sample-apiserver.log")
        }
    }

    /// What the command finds in its environment.
    private var environment: Environment {
        .inherit.updating([
            "KUBECONFIG": kubeconfig, "KBOOTSTRAP_LAB": "1", "LAB_DIR": folder, "LAB_FRONT_PROXY_DIR": frontProxy,
            "LAB_METRICS_SERVER_IMAGE": node?.isReal == true ? RealNode.metricsServerImage : nil,
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
