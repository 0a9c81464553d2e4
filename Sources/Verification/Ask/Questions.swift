// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// Asks what the table of questions lists: each as soon as the answers are there that it depends on.
struct Questions: Sendable {
    let client: APIClient
    let options: VerificationOptions
    let apiServers: APIServers
    /// The host's front-proxy files, read once a round.
    let hostFiles: Answer

    static let metricsGroup = "metrics.k8s.io"

    /// - Throws: `CancellationError`, and where this host's front-proxy files cannot be read.
    static func ask(
        _ client: APIClient, _ options: VerificationOptions, _ apiServers: APIServers
    ) async throws -> Evidence {
        var evidence = Evidence(
            apiServiceName: options.apiServiceName ?? "v1beta1.\(metricsGroup)", askedAt: Date())
        evidence.frontProxy = try options.frontProxyDirectory.map(HostQuestions.frontProxy)
        let questions = Questions(
            client: client, options: options, apiServers: apiServers, hostFiles: evidence[.frontProxy])
        return try await questions.ask(evidence)
    }

    private func ask(_ start: Evidence) async throws -> Evidence {
        var evidence = start
        var open = QuestionRow.table
        var answered: Set<Question> = []
        await withTaskGroup(of: (QuestionRow, Answer).self) { group in
            func askNext() {
                let soFar = evidence
                let ready = open.filter { $0.mayBeAsked(answered, isMetrics: soFar.isMetrics) }
                open.removeAll { $0.mayBeAsked(answered, isMetrics: soFar.isMetrics) }
                for row in ready {
                    group.addTask { (row, await row.ask(self, soFar)) }
                }
            }
            askNext()
            for await (row, answer) in group {
                evidence[row.question] = row.isSelected ? answer : answer.selecting(row.kept)
                answered.insert(row.question)
                // From here on the present is what the cluster's clock says: its timestamps are compared with it.
                if row.question == .version { evidence.askedAt -= Clocks(evidence).lead ?? 0 }
                // Where nobody answers, nobody is asked more.
                if row.question == .version, !evidence.isAnswered { open = [] }
                askNext()
            }
        }
        evidence[.podPage] = .notAsked
        try Task.checkCancellation()
        return evidence
    }

    /// The APIService by its name; that of metrics in whatever version is there, where none was asked for.
    func apiService() async -> Answer {
        if let name = options.apiServiceName { return await get(ObjectReference(.apiServices, name: name)) }
        let all = await list(.apiServices)
        guard let items = all.object?.items else { return all }
        let best = items.filter { $0["spec"]["group"].string == Self.metricsGroup }
            .max { ($0["spec"]["versionPriority"].int ?? 0) < ($1["spec"]["versionPriority"].int ?? 0) }
        return best.map { .object($0) }
            ?? .refused(code: 404, message: "no APIService of the group \(Self.metricsGroup)")
    }

    /// Those that the aggregator does not reach, whatever group they serve.
    func unavailableAPIServices() async -> Answer {
        let all = await list(.apiServices)
        guard let items = all.object?.items else { return all }
        return .object([
            "items": .array(items.filter { $0.available["status"].string == "False" })
        ])
    }

    /// Through kube-apiserver's Service proxy, which dials pods only; else from here, where they may be out of reach.
    func withoutCertificate(_ seen: Evidence) async -> Answer {
        guard seen.isProbeAnswered(403) || seen.isProbeAnswered(401), let path = seen.proxyPath("https") else {
            return .notAsked
        }
        let answer = await raw(path)
        if case .refused(let code, let message) = answer,
            code == 401 || RefusedUser.name(in: message) == RefusedUser.anonymous
        {
            return answer
        }
        guard let backends = Backends(seen), let first = backends.backends.first,
            case .status(let code, let message) = await backends.askWithoutCertificate(first)
        else { return answer }
        return code < 300 ? .object(["kind": "APIResourceList"]) : .refused(code: code, message: message)
    }

    /// The admission webhooks of both kinds, where one of them refuses what a backend asks.
    func admissionWebhooks(_ seen: Evidence) async -> Answer {
        guard seen.isReviewRefusedByWebhook else { return .notAsked }
        var found: [JSONValue] = []
        for kind in ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"] {
            let answer = await raw("/apis/admissionregistration.k8s.io/v1/\(kind.lowercased())s")
            guard let items = answer.object?.items else { return answer }
            for var item in items {
                item["kind"] = .string(kind)
                found.append(item)
            }
        }
        return .object(["items": .array(found)])
    }

    func eachAPIServer(_ seen: Evidence) async -> Answer {
        var found = seen
        found.apiServers = await apiServers.ask(seen)
        return found[.apiServers]
    }

    /// Whether the API server itself lets the caller list the resource: what it forbids never reaches a backend.
    func access(group: String, resource: String) async -> Answer {
        await review(
            "authorization.k8s.io/v1", "SelfSubjectAccessReview",
            spec: ["resourceAttributes": ["verb": "list", "group": .string(group), "resource": .string(resource)]])
    }

    /// An administrator's request proves nothing about others: a backend lets it through without a question.
    func delegatedReview(_ seen: Evidence) async -> Answer {
        guard seen.isMetrics, seen[.reading].object != nil, let path = seen.groupVersionPath else { return .notAsked }
        let headers =
            [("Impersonate-User", Delegate.user)] + Delegate.groups.map { ("Impersonate-Group", $0) }
        do {
            return Self.answer(
                try await client.raw(
                    .get, "\(path)/pods?limit=1&labelSelector=kbootstrap%3Dnothing", headers: headers))
        } catch { return Self.answer(error) }
    }

    /// Whether the backend's ServiceAccount has the rights that metrics-server needs.
    ///
    /// - Returns: `nodesMetrics`, `nodes`, `pods`, `reviews` and `published`, each true or false; those that were answered.
    func accountRights(_ seen: Evidence) async -> Answer {
        guard seen.needsExplaining, seen.isMetrics, let target = ServiceTarget(seen),
            let account = (seen.latestPods?.first)?["spec"]["serviceAccountName"].string
        else { return .notAsked }
        let user = "system:serviceaccount:\(target.namespace):\(account)"
        let groups: JSONValue = [
            "system:serviceaccounts", .string("system:serviceaccounts:\(target.namespace)"), "system:authenticated",
        ]
        let rights: [(String, JSONValue)] = [
            ("nodesMetrics", ["verb": "get", "group": "", "resource": "nodes", "subresource": "metrics"]),
            ("nodes", ["verb": "list", "group": "", "resource": "nodes"]),
            ("pods", ["verb": "list", "group": "", "resource": "pods"]),
            ("reviews", ["verb": "create", "group": "authorization.k8s.io", "resource": "subjectaccessreviews"]),
            (
                "published",
                [
                    "verb": "get", "group": "", "resource": "configmaps", "namespace": "kube-system",
                    "name": "extension-apiserver-authentication",
                ]
            ),
        ]
        var granted: JSONValue = [:]
        await withTaskGroup(of: (String, Bool?).self) { group in
            for (name, attributes) in rights {
                group.addTask {
                    let answer = await review(
                        "authorization.k8s.io/v1", "SubjectAccessReview",
                        spec: ["user": .string(user), "groups": groups, "resourceAttributes": attributes])
                    return (name, answer.object?["status"]["allowed"].bool)
                }
            }
            for await (name, allowed) in group {
                if let allowed { granted[name] = .bool(allowed) }
            }
        }
        return granted == [:] ? .notAsked : .object(granted)
    }
}
