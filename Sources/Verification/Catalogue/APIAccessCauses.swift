// SPDX-License-Identifier: Apache-2.0

internal import Core

/// Between the caller and kube-apiserver.
extension Catalogue {
    /// Without an API server nothing else is known.
    private static let everything = Set(FailureCode.allCases.filter { $0.hop != .apiAccess })

    static let apiAccess = [
        Cause(
            .apiServerUnreachable, "kube-apiserver does not answer at the kubeconfig's address.",
            fix: .look("systemctl status kube-apiserver", "on the control-plane host"), patience: .seconds(10),
            seen: "connection refused, no route, or no answer in time", explains: everything,
            contradictedBy: [.apiServerAnswers]),
        Cause(
            .credentialsRefused, "kube-apiserver does not accept the kubeconfig's credentials.",
            fix: .look("kubectl config view --minify", "which user, which certificate or token?"),
            seen: "HTTP 401 from kube-apiserver, or a kubeconfig's credentials that cannot be read",
            explains: everything, contradictedBy: [.callerMayLook]),
        Cause(
            .notKubernetes, "A server that is not a Kubernetes API server answers at this address.",
            fix: .look("kubectl config view --minify", "is `server` right?"),
            seen: "an answer of /version that is not Kubernetes'", explains: everything,
            contradictedBy: [.apiServerAnswers]),
        Cause(
            .apiServerNotTrusted, "The API server's certificate does not verify against the kubeconfig's CA.",
            fix: .look("kubectl config view --minify", "is `certificate-authority` that of this cluster?"),
            seen: "a TLS handshake that fails on the server's certificate", explains: everything,
            contradictedBy: [.apiServerAnswers]),
        Cause(
            .mayNotRead, "The caller may not read an object that would explain failures.", severity: .warning,
            fix: .advice("run verify as a cluster administrator"),
            seen: "HTTP 403 for an object that explains failures"),
        Cause(
            .apiServersNotVisible, "The API servers' own addresses cannot be reached from here.", severity: .warning,
            fix: .look("kbootstrap verify", "on a control-plane host, where they can be reached"),
            seen: "addresses of Endpoints default/kubernetes that do not answer from here"),
        Cause(
            .apiServerErrs, "kube-apiserver answers some of the questions with errors, so nothing is proven.",
            fix: .look("kubectl get --raw '/readyz?verbose'"), patience: .seconds(10),
            seen: "HTTP 5xx, or no answer, to a question that kube-apiserver answers by itself"),
        Cause(
            .apiServerReadsNothing, "kube-apiserver answers, and cannot read the cluster's objects.",
            fix: .look("kubectl get --raw '/readyz?verbose'", "says what it waits for; most often that is etcd"),
            patience: .seconds(20), seen: "/version answers, and no object can be read; /readyz names what has failed",
            explains: everything.and([.apiServerErrs]), contradictedBy: [.apiServerReads]),
        Cause(
            .clocksDiffer, "The clocks of this machine, the API server or the nodes differ.", severity: .warning,
            fix: .look("timedatectl", "on the machine whose clock is wrong: is it synchronised?"),
            seen: "the Date header of kube-apiserver, or timestamps of metrics, beside this machine's clock",
            reference: "talos#7080"),
    ]
}
