// SPDX-License-Identifier: Apache-2.0

internal import Yams

/// kubeadm's ClusterConfiguration: `apiServer.extraArgs` is a map up to v1beta3, and a list of names and values since.
struct KubeadmConfiguration {
    let yaml: LaunchYAML
    let document: Node
    let api: String

    init(_ yaml: LaunchYAML) throws(LaunchFileError) {
        self.yaml = yaml
        guard let document = yaml.documents.first(where: Self.isClusterConfiguration) else {
            throw LaunchFileError("\(yaml.path) has no ClusterConfiguration in it")
        }
        self.document = document
        let version = document.value("apiVersion")?.scalar?.string ?? ""
        api = version.split(separator: "/").last.map(String.init) ?? version
    }

    static func isClusterConfiguration(_ node: Node) -> Bool {
        node.value("kind")?.scalar?.string == "ClusterConfiguration"
            && node.value("apiVersion")?.scalar?.string.hasPrefix("kubeadm.k8s.io/") == true
    }

    /// Whether this API takes a list of names and values.
    var takesList: Bool { !["v1alpha1", "v1alpha2", "v1alpha3", "v1beta1", "v1beta2", "v1beta3"].contains(api) }

    /// Before v1beta1 what concerns kube-apiserver stands at the top.
    var isFlat: Bool { api.hasPrefix("v1alpha") }

    /// The first minor version of Kubernetes whose kubeadm reads this API no longer; nil for one that is read.
    var removedIn: Int? { ["v1alpha3": 15, "v1beta1": 22, "v1beta2": 27, "v1beta3": 37][api] }

    var apiServer: Node? { document.value("apiServer") }
    var extraArguments: Node? {
        (isFlat ? document.value("apiServerExtraArgs") : apiServer?.value("extraArgs")).flatMap {
            $0.isBlank ? nil : $0
        }
    }

    func arguments() throws(LaunchFileError) -> [LaunchArgument] {
        guard let node = extraArguments else { return [] }
        var arguments: [LaunchArgument] = []
        if takesList {
            guard let items = node.sequence else {
                throw LaunchFileError(
                    "\(yaml.path):\(yaml.place(node).line): extraArgs is a map, and \(api) takes a list",
                    hint: "- name: enable-aggregator-routing\n   value: \"true\"")
            }
            for item in items {
                guard let name = item.value("name"), let text = name.plainText, let value = item.value("value") else {
                    throw LaunchFileError(
                        "\(yaml.path):\(yaml.place(item).line): an entry of extraArgs is not a name and a value")
                }
                arguments.append(try argument(text, name: name, value: value))
            }
        } else {
            guard let entries = node.mapping else {
                throw LaunchFileError(
                    "\(yaml.path):\(yaml.place(node).line): extraArgs is a list, and \(api) takes a map",
                    hint: "enable-aggregator-routing: \"true\"")
            }
            for (name, value) in entries {
                guard let text = name.scalar?.string else {
                    throw LaunchFileError("\(yaml.path):\(yaml.place(name).line): a key of extraArgs is not text")
                }
                arguments.append(try argument(text, name: name, value: value))
            }
        }
        return arguments
    }

    private func argument(_ text: String, name: Node, value: Node) throws(LaunchFileError) -> LaunchArgument {
        let place = yaml.place(name)
        guard let string = value.plainText else {
            throw LaunchFileError(
                "\(yaml.path):\(place.line): the value of \(text) is not text, so kubeadm refuses the file",
                hint: value.scalar.map { "put it in quotes: \"\($0.string)\"" })
        }
        return LaunchArgument(
            text: "--\(text)=\(string)", place: place, source: "\(yaml.source(name)): \(yaml.source(value))",
            range: yaml.range(value), spelling: .value)
    }

    func variables() -> [LaunchVariable] {
        (apiServer?.value("extraEnvs")?.sequence.map(Array.init) ?? []).compactMap { entry in
            guard let name = entry.value("name")?.scalar?.string else { return nil }
            return LaunchVariable(
                name: name, value: entry.value("value")?.scalar?.string ?? "", place: yaml.place(entry))
        }
    }

    /// Where kubeadm keeps certificates, and what it mounts into the pod.
    var certificates: String {
        let named = document.value("certificatesDir")?.scalar?.string ?? ""
        let path = named.hasSuffix("/") ? String(named.dropLast()) : named
        return path.isEmpty ? "/etc/kubernetes/pki" : path
    }

    var implied: [ImpliedFlags.Flag] {
        let services = document.value("networking")?.value("serviceSubnet")?.scalar?.string ?? ""
        return ImpliedFlags.kubeadm(
            certificates: certificates, services: services.isEmpty ? "10.96.0.0/12" : services)
    }

    var extraVolumes: Node? {
        (isFlat ? document.value("apiServerExtraVolumes") : apiServer?.value("extraVolumes")).flatMap {
            $0.isBlank ? nil : $0
        }
    }

    /// A key's entry where its value is nothing, `{}` or `[]`.
    func blank(_ key: String, in map: Node?) -> (key: Node, value: Node)? {
        map?.mapping?.first { $0.key.scalar?.string == key && $0.value.isBlank }
    }

    /// What kubeadm mounts by itself (cmd/kubeadm/app/phases/controlplane/volumes.go), and extraVolumes.
    var mounts: [LaunchMount] {
        let extra = (extraVolumes?.sequence.map(Array.init) ?? []).compactMap { entry in
            entry.value("hostPath")?.scalar.flatMap { host in
                entry.value("mountPath")?.scalar.map { LaunchMount(hostPath: host.string, mountPath: $0.string) }
            }
        }
        return [
            certificates, "/etc/ssl/certs", "/etc/pki", "/etc/ca-certificates", "/usr/share/ca-certificates",
            "/usr/local/share/ca-certificates",
        ].map { LaunchMount(hostPath: $0, mountPath: $0) } + extra
    }

    var minorVersion: Int? { document.value("kubernetesVersion")?.scalar.flatMap { KubernetesMinor.parse($0.string) } }
}
