// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
internal import MetricsServer

/// The pods that an unverified APIService leads to end before it verifies them: what they serve nobody signed, so that
/// every request would fail until the last of them is gone.
public struct HandOver: Sendable {
    private let deployment: ObjectReference
    private let timeout: Duration
    private let waiting: @Sendable () -> Void

    /// - Parameters:
    ///   - live: the APIService as it is.
    ///   - timeout: how long pods may take.
    ///   - waiting: told once, when there is something to wait for.
    /// - Returns: nil where nothing that is served now stops being trusted.
    public init?(
        from live: JSONValue?, namespace: String, timeout: Duration, waiting: @escaping @Sendable () -> Void
    ) {
        let spec = live?["spec"] ?? .null
        guard spec["insecureSkipTLSVerify"].bool == true, spec["service"]["name"].string == "metrics-server",
            spec["service"]["namespace"].string == namespace
        else { return nil }
        deployment = ObjectReference(
            .deployments, namespace: namespace, name: MetricsServerManifest.deployment.name)
        self.timeout = timeout
        self.waiting = waiting
    }

    /// Returns when all pods of the Deployment are of its newest version, and ready.
    func wait(_ client: APIClient) async throws {
        let end = ContinuousClock.now + timeout
        var isTold = false
        while true {
            let live = try await client.get(deployment)
            if Self.isRolledOut(live) { return }
            guard ContinuousClock.now < end else { throw HandOverError(deployment: deployment, timeout: timeout) }
            if !isTold { waiting() }
            isTold = true
            try await client.waitForChange(of: [live], within: .seconds(2))
        }
    }

    /// Whether it need not be waited for any more.
    func isOver(_ client: APIClient) async throws -> Bool { Self.isRolledOut(try await client.get(deployment)) }

    static func isRolledOut(_ deployment: JSONValue) -> Bool {
        let status = deployment["status"]
        let wanted = deployment["spec"]["replicas"].int ?? 1
        return (status["observedGeneration"].int ?? 0) >= (deployment["metadata"]["generation"].int ?? 0)
            && status["updatedReplicas"].int == wanted && status["replicas"].int == wanted
            && status["availableReplicas"].int == wanted
    }
}

/// Pods that did not become ready, so that the APIService was left as it was.
public struct HandOverError: Error, Sendable, CustomStringConvertible {
    let deployment: ObjectReference
    let timeout: Duration

    public var description: String {
        "\(deployment) is not rolled out after \(timeout.components.seconds) s: the APIService stays unverified"
    }
    public var hint: String? {
        "kubectl -n \(deployment.namespace ?? "") rollout status \(deployment)   # then run install-metrics again"
    }
}
