// SPDX-License-Identifier: Apache-2.0

/// Why the backend's container does not come up, as its log, its state or an event tells.
extension Catalogue {
    /// A container that ended is started again after 10 s, 20 s, 40 s; then it has to become ready.
    private static let laterStart = Duration.seconds(60)

    static let startUp = [
        failure(
            .podForbidden, "The namespace's Pod Security level forbids the pod.",
            fix: "kbootstrap install-metrics   # its pod is fit for the level restricted"),
        failure(
            .quotaExceeded, "The namespace's quota leaves no room for the pod.",
            fix: "kubectl -n kube-system describe resourcequota"),
        failure(
            .portNotPermitted, "The process may not listen on its port: one below 1024, without the right to it.",
            fix: "kbootstrap install-metrics   # listens on a port above 1024"),
        failure(
            .portInUse, "Another process has the port: under hostNetwork, 10250 is the kubelet's.",
            fix: "kbootstrap install-metrics   # listens on 4443, which is not the kubelet's"),
        failure(
            .unknownFlag, "The container is given a flag that its version does not know.",
            fix: "kbootstrap install-metrics   # arguments and image as they belong together"),
        failure(
            .executionNotPermitted,
            "The program may not be executed: 0.5.0 and 0.5.1 need a capability that the pod drops.",
            fix: "kbootstrap install-metrics   # a later release"),
        failure(
            .authenticationReaderMissing,
            "The backend may not read ConfigMap kube-system/extension-apiserver-authentication.",
            fix: "kbootstrap install-metrics   # binds extension-apiserver-authentication-reader in kube-system",
            patience: laterStart),
        failure(
            .apiServerUnreachableFromPod, "The pod does not reach kube-apiserver's ClusterIP.",
            fix: "kubectl -n kube-system get pods -o wide   # do kube-proxy and the network plugin run on that node?",
            patience: .seconds(30)),
        failure(
            .outOfMemory, "The container is ended for its memory limit.",
            fix: "raise the memory limit: about 2 MiB a node above the first hundred"),
    ]
}
