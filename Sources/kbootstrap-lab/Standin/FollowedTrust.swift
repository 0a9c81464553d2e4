// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import Synchronization

/// The cluster's trust, followed as it changes.
final class FollowedTrust: Sendable {
    private let trust = Mutex(ClusterTrust())
    private let log: KlogLine

    var current: ClusterTrust { trust.withLock { $0 } }

    init(log: KlogLine) { self.log = log }

    /// The first look, which decides whether there is a server at all.
    ///
    /// A ConfigMap that is not there is no error, as upstream sees it: it may come later.
    func load(_ client: APIClient) async throws(APIError) {
        do {
            take(try await client.get(ClusterTrust.configMap))
        } catch  where error.isNotFound {
            return
        } catch {
            if error.statusCode == 403 {
                log.plain(
                    .warning,
                    "Unable to get configmap/extension-apiserver-authentication in kube-system.  Usually fixed by "
                        + "'kubectl create rolebinding -n kube-system ROLEBINDING_NAME "
                        + "--role=extension-apiserver-authentication-reader --serviceaccount=YOUR_NS:YOUR_SA'",
                    at: "requestheader_controller.go:193")
            }
            throw error
        }
    }

    /// Until the task is cancelled.
    func follow(_ client: APIClient) async {
        await FollowedObjects.watch(
            client, .configMaps, namespace: ClusterTrust.configMap.namespace,
            fieldSelector: "metadata.name=\(ClusterTrust.configMap.name)", log: log, replaced: { _ in }
        ) { event in
            switch event {
            case .added(let object), .modified(let object): self.take(object)
            // Upstream keeps what it has read.
            case .deleted: break
            }
        }
    }

    private func take(_ configMap: JSONValue) {
        let problems = trust.withLock { $0.update(from: configMap) }
        for problem in problems {
            // Upstream queues the same work under two names, and complains under both.
            for item in ["kube-system/extension-apiserver-authentication", "key"] {
                log.unhandled("\(item) failed with : \(problem)", at: "configmap_cafile_content.go:243")
            }
        }
    }
}
