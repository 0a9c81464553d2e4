// SPDX-License-Identifier: Apache-2.0

import KubernetesClient

/// The arguments of the control plane's programs in a lab.
struct LabControlPlane: Sendable {
    let folder: String
    let binaries: ControlPlaneBinaries

    static let server = "https://\(LabNamespace.hostAddress):6443"
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
                "--etcd-servers=\(Self.etcdURL)", "--bind-address=0.0.0.0", "--secure-port=6443",
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

    /// The upstream sample-apiserver: its request-header authentication is the library that metrics-server uses.
    func sampleAPIServer() throws -> LabComponent {
        let kubeconfig = "\(folder)/sample-apiserver.kubeconfig"
        return try component(
            "sample-apiserver",
            [
                "--etcd-servers=\(Self.etcdURL)", "--secure-port=443", "--kubeconfig=\(kubeconfig)",
                "--authentication-kubeconfig=\(kubeconfig)", "--authorization-kubeconfig=\(kubeconfig)",
                "--tls-cert-file=\(pki)/wardle-server.pem", "--tls-private-key-file=\(pki)/wardle-server-key.pem",
            ])
    }

    func controllerManager() throws -> LabComponent {
        try component(
            "kube-controller-manager",
            [
                "--root-ca-file=\(pki)/ca.pem", "--service-account-private-key-file=\(pki)/service-account-key.pem",
                "--cluster-signing-cert-file=\(pki)/ca.pem", "--cluster-signing-key-file=\(pki)/ca-key.pem",
                "--use-service-account-credentials=true",
                // The usual 20 requests a second make the start wait for itself.
                "--kube-api-qps=200", "--kube-api-burst=400",
            ] + Self.client(of: "\(folder)/kube-controller-manager.kubeconfig"))
    }

    func scheduler() throws -> LabComponent {
        try component("kube-scheduler", Self.client(of: "\(folder)/kube-scheduler.kubeconfig"))
    }

    func hollowNode(address: String) throws -> LabComponent {
        LabComponent(
            name: "kubemark", program: "unshare",
            arguments: HollowNode.arguments(
                kubemark: try binaries.path(of: "kubemark"), folder: "\(folder)/node", address: address),
            log: "\(folder)/kubemark.log")
    }

    func containerd() throws -> LabComponent {
        nodeComponent("containerd", RealNode.containerd(folder: folder))
    }

    func kubelet() throws -> LabComponent {
        nodeComponent("kubelet", RealNode.kubelet(try binaries.path(of: "kubelet"), folder: folder))
    }

    /// A component of the node with containers.
    private func nodeComponent(_ name: String, _ words: [String]) -> LabComponent {
        LabComponent(
            name: name, program: words[0], arguments: Array(words.dropFirst()), log: "\(folder)/\(name).log",
            // No credentials of a cloud are looked for.
            environment: ["PATH": RealNodeRequirements.path, "AWS_EC2_METADATA_DISABLED": "true"])
    }

    /// What controller-manager and scheduler have in common.
    private static func client(of kubeconfig: String) -> [String] {
        [
            "--kubeconfig=\(kubeconfig)", "--authentication-kubeconfig=\(kubeconfig)",
            "--authorization-kubeconfig=\(kubeconfig)", "--bind-address=127.0.0.1", "--port=0", "--leader-elect=false",
        ]
    }

    // MARK: Waiting

    /// - Parameter log: kube-apiserver's, for who wants to know why it is not ready.
    static func waitUntilReady(_ client: APIClient, log: String) async throws {
        // Far more than it ever took; only a machine that stands still gets here.
        for _ in 0..<600 {
            if let answer = try? await client.raw(.get, "/readyz"), answer.status == 200 { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw LabError("kube-apiserver did not become ready", hint: "less \(log)")
    }

    private func component(_ name: String, _ arguments: [String]) throws -> LabComponent {
        LabComponent(
            name: name, program: try binaries.path(of: name), arguments: arguments, log: "\(folder)/\(name).log")
    }
}
