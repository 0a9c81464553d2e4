// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// Makes the sample-apiserver an aggregated API of a lab, and keeps it running.
struct SampleRegistration: Sendable {
    let folder: String
    let fault: LabFault?
    let messages: LabMessages

    /// Runs the sample-apiserver until the task is cancelled. It ends until kube-apiserver answers it, and is started
    /// again.
    ///
    /// - Throws: its last words, where it ends again and again.
    func keepRunning(_ sample: LabComponent) async throws {
        try await Task.sleep(for: .seconds(3))
        var failures = 0
        while !Task.isCancelled {
            let started = ContinuousClock.now
            do { try await sample.run() } catch let error as LabError {
                failures = ContinuousClock.now - started > .seconds(30) ? 1 : failures + 1
                guard failures < Self.mostFailures else { throw error }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    /// With half a second between them: far longer than kube-apiserver takes to answer after its start.
    private static let mostFailures = 40

    /// Returns when the aggregated API answers, or shows its fault.
    func run(_ client: APIClient) async throws {
        let bundle = fault == .foreignCABundle ? "other.pem" : "wardle.pem"
        let version = try await client.serverVersion()
        let sample = SampleAPI(
            caBundle: try Data(contentsOf: URL(filePath: "\(folder)/pki/\(bundle)")), fault: fault, version: version)
        for object in sample.objects() {
            if ResourceType.of(object) == nil {
                try await create(object, client)
            } else {
                _ = try await client.apply(object, server: version)
            }
        }
        let log = "\(folder)/sample-apiserver.log"
        if fault != .backendDown { try await waitForBackend(log: log) }
        let wait = LabWait(
            what: "\(SampleAPI.apiServiceName) answers through the aggregator", pause: .milliseconds(300),
            logs: [log, "\(folder)/kube-apiserver.log"], messages: messages)
        try await wait.until { attempt in try await isRegistered(client, attempt: attempt) }
        messages.step(
            fault.map { "\(SampleAPI.apiServiceName) is registered, with the fault \($0.rawValue)" }
                ?? "\(SampleAPI.apiServiceName) (the real sample-apiserver) answers through the aggregator")
    }

    /// Of a kind that the client does not know.
    private func create(_ object: JSONValue, _ client: APIClient) async throws {
        let group = object["apiVersion"].string ?? ""
        let namespace = object["metadata"]["namespace"].string ?? ""
        let answer = try await client.raw(
            .post, "/apis/\(group)/namespaces/\(namespace)/\((object["kind"].string ?? "").lowercased())s", body: object
        )
        guard answer.status == 201 || answer.status == 409 else {
            throw LabError("\(object["kind"].string ?? "an object") was refused with HTTP \(answer.status)")
        }
    }

    /// Nil once the sample's API answers, or a fault is to be seen; else what is seen.
    private func isRegistered(_ client: APIClient, attempt: Int) async throws -> String? {
        let reference = ObjectReference(.apiServices, name: SampleAPI.apiServiceName)
        // The aggregator looks at once when the APIService changes, else after up to 30 s; what changes while it
        // waits for an answer has its verdict refused.
        if fault == nil || attempt < 4 {
            _ = try? await client.patch(
                reference, ["metadata": ["annotations": ["kbootstrap.dev/lab-nudge": .string("\(attempt)")]]],
                type: .merge)
        }
        try await Task.sleep(for: .milliseconds(300))
        let answer = try await client.raw(.get, SampleAPI.discoveryPath)
        if answer.status == 200 { return nil }
        // With a fault it need not: a few looks at the backend that runs by now are enough.
        if fault != nil, attempt >= 4, try await isShown(by: answer, client) { return nil }
        return "HTTP \(answer.status): \(String(decoding: answer.body.prefix(120), as: UTF8.self))"
    }

    /// Whether a live answer shows the fault already, or the condition does: for a moment the aggregator still holds the
    /// backend for missing. Since 1.36 its probe verifies the backend too, and requests end at the condition.
    private func isShown(by answer: RawResponse, _ client: APIClient) async throws -> Bool {
        let conditions = try await conditions(client)
        guard fault == .foreignCABundle else { return fault == .apiServiceMissing || !conditions.isEmpty }
        let words = conditions.compactMap { $0["message"].string } + [String(decoding: answer.body, as: UTF8.self)]
        return words.contains { $0.contains("x509") }
    }

    /// What the aggregator has said of the APIService so far: where no answer comes it takes its time.
    private func conditions(_ client: APIClient) async throws -> [JSONValue] {
        let service = try await client.existing(ObjectReference(.apiServices, name: SampleAPI.apiServiceName))
        return service?["status"]["conditions"].array ?? []
    }

    /// Asks the sample-apiserver itself, past the aggregator.
    private func waitForBackend(log: String) async throws {
        let connection = try ClusterConnection.resolve(
            ClusterOptions(kubeconfig: "\(folder)/backend.kubeconfig"), environment: [:])
        let wait = LabWait(what: "the sample-apiserver answers", logs: [log], messages: messages)
        try await APIClient.with(connection) { backend in
            try await wait.until { _ in
                let answer = try await backend.raw(.get, "/healthz")
                return answer.status == 200 ? nil : "HTTP \(answer.status) of /healthz"
            }
        }
    }
}
