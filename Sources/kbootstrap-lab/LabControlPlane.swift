// SPDX-License-Identifier: Apache-2.0

import KubernetesClient

/// The arguments of the control plane's programs in a lab.
struct LabControlPlane: Sendable {
    let folder: String
    let binaries: ControlPlaneBinaries
    let version: ServerVersion

    /// kube-apiserver's.
    static let port = 6443
    static let server = "https://\(LabNamespace.hostAddress):\(port)"
    /// Where nothing listens.
    static let nobody = "https://\(LabNamespace.hostAddress):6999"
    static let etcdURL = "http://127.0.0.1:2379"

    private var pki: String { "\(folder)/pki" }

    func etcd() throws -> LabComponent {
        try component(
            "etcd",
            [
                "--name=lab", "--data-dir=\(folder)/etcd", "--listen-client-urls=http://0.0.0.0:2379",
                "--advertise-client-urls=\(Self.etcdURL)", "--listen-peer-urls=http://127.0.0.1:2380",
                // Nothing here outlives the lab.
                "--unsafe-no-fsync",
            ])
    }

    /// - Parameters:
    ///   - aggregationFlags: those that kbootstrap prints, as they are.
    ///   - environment: beside the lab's own.
    func apiServer(aggregationFlags: [String], environment: [String: String]) throws -> LabComponent {
        var server = try component(
            "kube-apiserver",
            [
                "--etcd-servers=\(Self.etcdURL)", "--bind-address=0.0.0.0", "--secure-port=\(Self.port)",
                "--advertise-address=\(LabNamespace.hostAddress)", "--client-ca-file=\(pki)/ca.pem",
                "--tls-cert-file=\(pki)/apiserver.pem", "--tls-private-key-file=\(pki)/apiserver-key.pem",
                "--service-account-key-file=\(pki)/service-account.pub",
                "--service-account-signing-key-file=\(pki)/service-account-key.pem",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-cluster-ip-range=10.32.0.0/24", "--authorization-mode=Node,RBAC",
                "--kubelet-client-certificate=\(pki)/kubelet-client.pem",
                "--kubelet-client-key=\(pki)/kubelet-client-key.pem",
                "--kubelet-preferred-address-types=InternalIP",
                "--audit-log-path=\(folder)/audit.log", "--audit-policy-file=\(folder)/audit-policy.yaml",
                "--audit-log-mode=blocking",
            ] + aggregationFlags)
        server.environment = environment
        return server
    }

    /// The upstream sample-apiserver: its request-header authentication is the library that metrics-server uses. Nil where
    /// there is none here, as beside a kube-apiserver of setup-envtest.
    func sampleAPIServer() throws -> LabComponent? {
        guard binaries.has("sample-apiserver") else { return nil }
        let kubeconfig = "\(folder)/sample-apiserver.kubeconfig"
        return try component(
            "sample-apiserver",
            [
                "--etcd-servers=\(Self.etcdURL)", "--secure-port=443", "--kubeconfig=\(kubeconfig)",
                "--authentication-kubeconfig=\(kubeconfig)", "--authorization-kubeconfig=\(kubeconfig)",
                "--tls-cert-file=\(pki)/wardle-server.pem", "--tls-private-key-file=\(pki)/wardle-server-key.pem",
            ])
    }

    func controllerManager() async throws -> LabComponent {
        try await client(
            "kube-controller-manager",
            [
                "--root-ca-file=\(pki)/ca.pem", "--service-account-private-key-file=\(pki)/service-account-key.pem",
                "--cluster-signing-cert-file=\(pki)/ca.pem", "--cluster-signing-key-file=\(pki)/ca-key.pem",
                "--use-service-account-credentials=true",
                // The usual 20 requests a second make the start wait for itself.
                "--kube-api-qps=200", "--kube-api-burst=400",
            ])
    }

    /// - Throws: where a program that rolls out Deployments is not there.
    func requireControllers() throws {
        for name in ["kube-controller-manager", "kube-scheduler"] { _ = try binaries.path(of: name) }
    }

    func scheduler() async throws -> LabComponent { try await client("kube-scheduler", []) }

    func hollowNode(address: String) async throws -> LabComponent {
        let kubemark = try binaries.path(of: "kubemark")
        return LabComponent(
            name: "kubemark", program: "unshare",
            arguments: HollowNode.arguments(
                kubemark: kubemark, folder: "\(folder)/node", address: address,
                flags: try await ProgramFlags.of(kubemark)),
            log: "\(folder)/kubemark.log")
    }

    func containerd() throws -> LabComponent {
        nodeComponent("containerd", RealNode.containerd(folder: folder))
    }

    func kubelet() throws -> LabComponent {
        nodeComponent(
            "kubelet", RealNode.kubelet(try binaries.path(of: "kubelet"), folder: folder, version: version))
    }

    /// A component of the node with containers.
    private func nodeComponent(_ name: String, _ words: [String]) -> LabComponent {
        LabComponent(
            name: name, program: words[0], arguments: Array(words.dropFirst()), log: "\(folder)/\(name).log",
            // No credentials of a cloud are looked for.
            environment: ["PATH": RealNodeRequirements.path, "AWS_EC2_METADATA_DISABLED": "true"])
    }

    /// controller-manager or scheduler, with what they have in common.
    private func client(_ name: String, _ arguments: [String]) async throws -> LabComponent {
        let kubeconfig = "\(folder)/\(name).kubeconfig"
        let flags = try await ProgramFlags.of(try binaries.path(of: name))
        return try component(
            name,
            arguments + [
                "--kubeconfig=\(kubeconfig)", "--authentication-kubeconfig=\(kubeconfig)",
                "--authorization-kubeconfig=\(kubeconfig)", "--bind-address=127.0.0.1", "--leader-elect=false",
            ] + flags.keeping(["--port=0"]))
    }

    // MARK: Waiting

    /// - Parameter log: kube-apiserver's, for who wants to know why it is not ready.
    static func waitUntilReady(_ client: APIClient, log: String, _ messages: LabMessages) async throws {
        let wait = LabWait(what: "kube-apiserver is ready", logs: [log], messages: messages)
        try await wait.until { _ in
            let answer = try await client.raw(.get, "/readyz")
            return answer.status == 200 ? nil : "HTTP \(answer.status) of /readyz"
        }
    }

    private func component(_ name: String, _ arguments: [String]) throws -> LabComponent {
        LabComponent(
            name: name, program: try binaries.path(of: name), arguments: arguments, log: "\(folder)/\(name).log")
    }
}
