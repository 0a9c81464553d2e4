// SPDX-License-Identifier: Apache-2.0

internal import Core

/// Files that look like a launch file and are not the place to change the flags: what they are, and where that place is.
enum ForeignLaunch {
    private static let ask = "kbootstrap apiserver-flags lint --pid $(pgrep -o kube-apiserver)"

    /// A program that writes the file anew; nil where the file is its user's own.
    static func generator(of path: String) -> (what: String, hint: String)? {
        let parts = path.split(separator: "/").map(String.init)
        if parts.contains("pod-manifests"), let name = parts.first(where: { $0 == "rke2" || $0 == "k3s" }) {
            return (
                "is written anew at each start of \(name)",
                "kbootstrap apiserver-flags apply /etc/rancher/\(name)/config.yaml"
            )
        }
        switch parts.last {
        case "kube-apiserver.manifest":
            return ("is written anew by kops", "kops edit cluster   # spec.kubeAPIServer has fields for these flags")
        case "kube-apiserver-pod.yaml":
            return (
                "is written anew by OpenShift's operator", "oc get kubeapiserver cluster -o yaml   # it has these flags"
            )
        default: return nil
        }
    }

    /// What a document of that kind is, and where the flags go; nil for one that is not known.
    static func kind(_ kind: String, api: String) -> (what: String, hint: String)? {
        switch kind {
        case "DaemonSet", "Deployment", "StatefulSet":
            (
                "is a \(kind), whose pods this command does not edit",
                "kbootstrap apiserver-flags   # put these into the container's command"
            )
        case "ConfigMap":
            (
                "is a ConfigMap, not the configuration in it",
                "kubectl -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' >cluster.yaml"
                    + "   # apply to that; then kubeadm init phase upload-config kubeadm --config cluster.yaml"
            )
        case "KubeAPIServerConfig":
            (
                "is OpenShift's configuration of kube-apiserver, which its operator writes",
                "oc get kubeapiserver cluster -o yaml   # it has these flags"
            )
        case "ClusterConfig" where api.hasPrefix("k0s"):
            (
                "is k0s' configuration", "kbootstrap apiserver-flags --format json   # put them into spec.api.extraArgs"
            )
        case "Cluster" where api.hasPrefix("kind.x-k8s.io"):
            (
                "is kind's configuration",
                "kbootstrap apiserver-flags --format kubeadm   # put it into kubeadmConfigPatches"
            )
        case "Cluster" where api.hasPrefix("kops"):
            ("is kops' cluster", "kops edit cluster   # spec.kubeAPIServer has fields for these flags")
        case "InitConfiguration", "JoinConfiguration", "KubeletConfiguration", "KubeProxyConfiguration":
            (
                "has kubeadm's \(kind), and no ClusterConfiguration, which holds kube-apiserver's flags",
                "kubeadm config print init-defaults   # prints one"
            )
        case "MasterConfiguration":
            ("is of kubeadm 1.11 or older", "kubeadm config migrate --old-config FILE --new-config NEW")
        default: nil
        }
    }

    /// By keys of files that say no kind.
    static func keys(_ keys: Set<String>) -> (what: String, hint: String)? {
        if keys.isSuperset(of: ["machine", "cluster"]) {
            return (
                "is Talos' machine configuration",
                "kbootstrap apiserver-flags --format json   # put them into cluster.apiServer.extraArgs"
            )
        }
        if keys.contains("services"), keys.contains("nodes") {
            return (
                "is RKE's cluster.yml",
                "kbootstrap apiserver-flags --format json   # put them into services.kube-api.extra_args"
            )
        }
        return nil
    }

    /// A shell's text: what its variables hold is not in it.
    static func script(_ path: String, line: Int?) -> LaunchFileError {
        LaunchFileError(
            "\(path)\(line.map { ":\($0)" } ?? ""): this is a shell's script, whose variables only the shell knows",
            hint: "\(ask)   # judges what it started; kbootstrap apiserver-flags prints the flags to put in")
    }

    /// Whether a word means something to a shell alone: a redirection, a pipe, a variable, a substitution.
    static func isShellsWord(_ text: String) -> Bool {
        if ["|", "||", "&&", "&", ";"].contains(text) { return true }
        let digits = text.drop { $0.isASCII && $0.isNumber }
        if digits.hasPrefix(">") || digits.hasPrefix("<") || digits.hasPrefix("&>") { return true }
        guard let dollar = text.firstIndex(of: "$") else { return text.contains("`") }
        let next = text[text.index(after: dollar)...].first
        return next.map { $0 == "{" || $0 == "(" || $0 == "_" || $0.isLetter } ?? false
    }
}
