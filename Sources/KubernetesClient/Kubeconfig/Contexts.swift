// SPDX-License-Identifier: Apache-2.0

extension ClusterOptions {
    /// The names of every context in the kubeconfig files that these options lead to, sorted; empty where there is no
    /// kubeconfig at all.
    ///
    /// - Throws: where a file cannot be read.
    public func contextNames(environment: [String: String]) throws(KubeconfigError) -> [String] {
        (try Kubeconfig.load(explicit: kubeconfig, environment: environment))?.contexts.keys.sorted() ?? []
    }
}
