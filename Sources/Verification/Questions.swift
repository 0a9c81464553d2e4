// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import FoundationEssentials
internal import KubernetesClient
internal import PKI

/// Asks the API server all that judging needs, in as few rounds and requests as the answers depend on each other.
struct Questions: Sendable {
    let client: APIClient
    let options: VerificationOptions
    let apiServers: APIServers

    private static let metricsGroup = "metrics.k8s.io"

    func ask() async throws -> Evidence {
        var evidence = Evidence(
            apiServiceName: options.apiServiceName ?? "v1beta1.\(Self.metricsGroup)", askedAt: Date())
        evidence.frontProxy = try options.frontProxyDirectory.map(frontProxy)

        evidence.version = await answer { try await client.version() }
        guard evidence.isAnswered else {
            try Task.checkCancellation()
            return evidence
        }
        async let authentication = get(
            ObjectReference(.configMaps, namespace: "kube-system", name: "extension-apiserver-authentication"))
        (evidence.apiServiceName, evidence.apiService) = await apiService(evidence.apiServiceName)
        evidence.authentication = await authentication

        let spec = evidence.apiService.object?["spec"] ?? .null
        guard let group = spec["group"].string, let version = spec["version"].string else {
            try Task.checkCancellation()
            return evidence
        }
        async let apiServerEndpoints = get(ObjectReference(.endpoints, namespace: "default", name: "kubernetes"))
        async let workload = workload(spec)
        let isMetrics = evidence.isMetrics
        async let proof = proof(groupVersion: "\(group)/\(version)", isMetrics: isMetrics)
        let (service, endpoints, pods) = await workload
        (evidence.service, evidence.endpoints, evidence.pods) = (service, endpoints, pods)
        if isMetrics, evidence.stayingPods?.isEmpty == true, spec["service"]["name"].string == Self.deploymentName,
            let namespace = spec["service"]["namespace"].string
        {
            evidence.deployment = await get(
                ObjectReference(.deployments, namespace: namespace, name: Self.deploymentName))
        }
        let answers = await proof
        evidence.discovery = answers.discovery
        evidence.access = answers.access
        evidence.reading = answers.reading
        evidence.readingPath = answers.readingPath
        evidence.podMetrics = answers.podMetrics
        evidence.nodes = answers.nodes
        evidence.allPods = answers.allPods
        evidence.autoscalers = answers.autoscalers
        if case .refused(403, _) = evidence.reading, evidence.access.object?["status"]["allowed"].bool == true {
            evidence.caller = await review("authentication.k8s.io/v1", "SelfSubjectReview")
        }
        evidence.apiServerEndpoints = await apiServerEndpoints
        let soFar = evidence
        async let asked = apiServers.ask(soFar)
        async let logs = logs(soFar)
        async let events = events(soFar)
        evidence.strangers = await strangers(soFar)
        (evidence.logs, evidence.events) = (await logs, await events)
        evidence.apiServers = await asked
        try Task.checkCancellation()
        return evidence
    }

    // MARK: The APIService and what is behind it

    /// The APIService by its name; that of metrics in whatever version is there, where none was asked for.
    private func apiService(_ name: String) async -> (String, Answer) {
        guard options.apiServiceName == nil else {
            return (name, await get(ObjectReference(.apiServices, name: name)))
        }
        let all = await answer { try await client.list(.apiServices).asObject }
        guard let items = all.object?.items else { return (name, all) }
        let best = items.filter { $0["spec"]["group"].string == Self.metricsGroup }
            .max { ($0["spec"]["versionPriority"].int ?? 0) < ($1["spec"]["versionPriority"].int ?? 0) }
        guard let best, let found = best.name else {
            return (name, .refused(code: 404, message: "no APIService of the group \(Self.metricsGroup)"))
        }
        return (found, .object(best))
    }

    private func workload(_ spec: JSONValue) async -> (service: Answer, endpoints: Answer, pods: Answer) {
        guard let name = spec["service"]["name"].string, let namespace = spec["service"]["namespace"].string else {
            return (.notAsked, .notAsked, .notAsked)
        }
        async let endpoints = get(ObjectReference(.endpoints, namespace: namespace, name: name))
        let service = await get(ObjectReference(.services, namespace: namespace, name: name))
        let selector = (service.object?["spec"]["selector"].object ?? [:])
            .compactMap { key, value in value.string.map { "\(key)=\($0)" } }.sorted().joined(separator: ",")
        let pods: Answer =
            selector.isEmpty
            ? .notAsked
            : await answer { try await client.list(.pods, namespace: namespace, labelSelector: selector).asObject }
        return (service, await endpoints, pods)
    }

    // MARK: Requests through the aggregator

    private struct Proof {
        var discovery = Answer.notAsked
        var access = Answer.notAsked
        var reading = Answer.notAsked
        var readingPath = ""
        var podMetrics = Answer.notAsked
        var nodes = Answer.notAsked
        var allPods = Answer.notAsked
        var autoscalers = Answer.notAsked
    }

    private func proof(groupVersion: String, isMetrics: Bool) async -> Proof {
        let base = "/apis/\(groupVersion)"
        var proof = Proof()
        if isMetrics {
            async let discovery = raw(base)
            async let access = access(groupVersion, resource: "nodes")
            async let reading = items("\(base)/nodes", .measured)
            async let podMetrics = items("\(base)/pods", .measured)
            async let nodes = all(.nodes, .node)
            async let page = podPage()
            async let autoscalers = starvedAutoscalers()
            proof.readingPath = "\(base)/nodes"
            proof.discovery = await discovery
            proof.access = await access
            proof.reading = await reading
            proof.podMetrics = await podMetrics
            proof.nodes = await nodes
            proof.autoscalers = await autoscalers
            proof.allPods = await allPods(await page, measured: proof.podMetrics)
            return proof
        }
        proof.discovery = await raw(base)
        let resource = proof.discovery.object?["resources"].array?.first { resource in
            resource["verbs"].array?.contains("list") == true && resource["name"].string?.contains("/") == false
        }
        guard let name = resource?["name"].string else { return proof }
        proof.readingPath = "\(base)/\(name)"
        async let access = access(groupVersion, resource: name)
        proof.reading = await raw("\(proof.readingPath)?limit=1")
        proof.access = await access
        return proof
    }

    /// Whether the API server itself would let the caller list the resource: what it forbids never reaches a backend.
    private func access(_ groupVersion: String, resource: String) async -> Answer {
        let group = groupVersion.split(separator: "/").first.map(String.init) ?? ""
        return await review(
            "authorization.k8s.io/v1", "SelfSubjectAccessReview",
            spec: ["resourceAttributes": ["verb": "list", "group": .string(group), "resource": .string(resource)]])
    }

    /// What the API server says of the caller, which it keeps nothing of.
    private func review(_ apiVersion: String, _ kind: String, spec: JSONValue? = nil) async -> Answer {
        var body: JSONValue = ["apiVersion": .string(apiVersion), "kind": .string(kind)]
        if let spec { body["spec"] = spec }
        do {
            let response = try await client.raw(
                .post, "/apis/\(apiVersion)/\(kind.lowercased())s", body: body)
            return Self.answer(response)
        } catch { return Self.answer(error) }
    }

    // MARK: Answers

    /// Many objects, of which evidence keeps no more than what is judged; saved or not, it is the same.
    private func all(_ type: ResourceType, _ kept: KeptFields) async -> Answer {
        await answer { try await client.list(type, ignoring: ResourceType.bulk) { kept.selected(from: $0) }.asObject }
    }

    /// A list through the aggregator, in one answer, of which the same is kept. What is no list is refused, too.
    private func items(_ path: String, _ kept: KeptFields) async -> Answer {
        do throws(APIError) {
            var (items, list) = try await client.items(path) { kept.selected(from: $0) }
            list["items"] = .array(items)
            return .object(list)
        } catch  where error.kind == .notKubernetes {
            return .refused(code: 200, message: error.reason)
        } catch {
            guard let code = error.statusCode else { return Self.answer(error) }
            let prefix = "HTTP \(code): "
            let message = error.reason.hasPrefix(prefix) ? String(error.reason.dropFirst(prefix.count)) : ""
            return .refused(code: code, message: message)
        }
    }

    private func get(_ reference: ObjectReference) async -> Answer {
        await answer { try await client.get(reference) }
    }

    func raw(_ path: String) async -> Answer { await Self.raw(path, client) }

    static func raw(_ path: String, _ client: APIClient) async -> Answer {
        do {
            return answer(try await client.raw(.get, path))
        } catch { return answer(error) }
    }

    /// What an answer of the server's comes to, whatever its status.
    private static func answer(_ response: RawResponse) -> Answer {
        let object = try? JSONValue.parse(response.body)
        guard response.status < 300, let object else {
            let text = object?["message"].string ?? String(decoding: response.body.prefix(500), as: UTF8.self)
            return .refused(code: response.status, message: text.inOneLine)
        }
        return .object(object)
    }

    private func answer(_ ask: () async throws -> JSONValue) async -> Answer {
        do { return .object(try await ask()) } catch { return Self.answer(error) }
    }

    static func answer(_ error: any Error) -> Answer {
        guard let error = error as? APIError else {
            return .unanswered(Finding(.notKubernetes, "an answer could not be read: \(error)"))
        }
        if let code = error.statusCode { return .refused(code: code, message: error.reason) }
        let code: FailureCode =
            switch error.kind {
            case .tls: .apiServerNotTrusted
            case .notKubernetes: .notKubernetes
            case .credentials: .credentialsRefused
            default: .apiServerUnreachable
            }
        return .unanswered(Finding(code, error.description, hint: error.hint))
    }

    /// As upstream and its Helm chart call it, and its Service.
    private static let deploymentName = "metrics-server"
}

extension APIClient {
    /// `/version` as it is, after checking that it is Kubernetes'.
    fileprivate func version() async throws -> JSONValue {
        let version = try await serverVersion()
        return [
            "major": .string("\(version.major)"), "minor": .string("\(version.minor)"),
            "gitVersion": .string(version.gitVersion),
        ]
    }
}

extension ObjectList {
    fileprivate var asObject: JSONValue {
        ["items": .array(items), "metadata": ["resourceVersion": .string(resourceVersion)]]
    }
}
