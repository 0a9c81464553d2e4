// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// A probe by HTTP or HTTPS, as a kubelet makes it: the server's certificate is not looked at.
struct PodProbe {
    /// How often it has succeeded, or failed, in a row.
    struct Count {
        private(set) var successes = 0
        private(set) var failures = 0
        private var last: Date?

        mutating func take(_ isSuccess: Bool) {
            (successes, failures) = isSuccess ? (successes + 1, 0) : (0, failures + 1)
            last = Date()
        }

        func isDue(_ probe: PodProbe, since started: Date) -> Bool {
            let first = started.addingTimeInterval(probe.initialDelay)
            return Date() >= (last.map { max($0.addingTimeInterval(probe.period), first) } ?? first)
        }
    }

    /// `Readiness`, `Liveness`.
    let kind: String
    let successThreshold: Int
    let failureThreshold: Int
    private let initialDelay: TimeInterval
    private let period: TimeInterval
    private let timeout: Int
    private let server: String
    private let path: String

    /// Nil for none, and for one of another kind than `httpGet`, which counts as passed.
    init?(_ kind: String, _ probe: JSONValue, of container: JSONValue, at address: String) {
        let request = probe["httpGet"]
        guard request != .null else { return nil }
        let named = (container["ports"].array ?? []).first { $0["name"].string == request["port"].string }
        let port = request["port"].int ?? named?["containerPort"].int ?? 0
        let scheme = (request["scheme"].string ?? "HTTP").lowercased()
        self.kind = kind
        server = "\(scheme)://\(request["host"].string ?? address):\(port)"
        path = request["path"].string ?? "/"
        func number(_ member: String, _ usual: Int) -> Int { probe[member].int.map { Int($0) } ?? usual }
        initialDelay = TimeInterval(number("initialDelaySeconds", 0))
        period = TimeInterval(number("periodSeconds", 10))
        timeout = number("timeoutSeconds", 1)
        successThreshold = number("successThreshold", 1)
        failureThreshold = number("failureThreshold", 3)
    }

    /// Nil where the answer is of 200 to 399; else what the kubelet would say.
    func failure() async -> String? {
        let configuration: JSONValue = [
            "apiVersion": "v1", "kind": "Config", "current-context": "probe",
            "clusters": [
                ["name": "pod", "cluster": ["server": .string(server), "insecure-skip-tls-verify": true]]
            ],
            "contexts": [["name": "probe", "context": ["cluster": "pod", "user": "nobody"]]],
            "users": [["name": "nobody", "user": [:]]],
        ]
        let file = FileManager.default.temporaryDirectory.appending(path: "kbootstrap-lab-probe.\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        do {
            try Data(try configuration.serialized()).write(to: file)
            let connection = try ClusterConnection.resolve(
                ClusterOptions(kubeconfig: file.path, requestTimeout: .seconds(timeout)), environment: [:])
            return try await APIClient.with(connection) { client in
                let status = try await client.raw(.get, path).status
                return (200..<400).contains(status) ? nil : "HTTP probe failed with statuscode: \(status)"
            }
        } catch let error as APIError { return error.textInGo } catch { return "\(error)" }
    }
}
