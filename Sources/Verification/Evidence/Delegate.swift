// SPDX-License-Identifier: Apache-2.0

/// A caller whom every cluster has, who may list metrics, and who is no administrator: a backend has to ask
/// kube-apiserver about them (kube-apiserver, bootstrappolicy: system:controller:horizontal-pod-autoscaler).
enum Delegate {
    static let user = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
    static let groups = ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"]
}
