// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// How questions are put to the API server, and what its answers become.
extension Questions {
    /// `/version` as it is, after checking that it is Kubernetes', with both clocks at the moment of the answer.
    func version() async -> Answer {
        await answer {
            let (version, time) = try await client.serverVersionAndTime()
            var answer: JSONValue = [
                "major": .string("\(version.major)"), "minor": .string("\(version.minor)"),
                "gitVersion": .string(version.gitVersion),
            ]
            if let time {
                answer["serverTime"] = .string(time.formatted(.iso8601))
                answer["localTime"] = .string(Date().formatted(.iso8601))
            }
            return answer
        }
    }

    func get(_ reference: ObjectReference) async -> Answer {
        await answer { try await client.get(reference) }
    }

    func list(_ type: ResourceType, namespace: String? = nil, labelSelector: String? = nil) async -> Answer {
        await answer {
            try await client.list(type, namespace: namespace, labelSelector: labelSelector).asObject
        }
    }

    /// Many objects, of which evidence keeps no more than what is judged; saved or not, it is the same.
    func all(_ type: ResourceType, _ kept: KeptFields) async -> Answer {
        await answer { try await client.list(type, ignoring: ResourceType.bulk) { kept.selected(from: $0) }.asObject }
    }

    /// A list through the aggregator, in one answer, of which the same is kept. An answer that is no list is refused.
    func items(_ path: String, _ kept: KeptFields) async -> Answer {
        do throws(APIError) {
            var (items, list) = try await client.items(path) { kept.selected(from: $0) }
            list["items"] = .array(items)
            return .object(list)
        } catch  where error.kind == .notKubernetes {
            return .refused(code: 200, message: error.reason)
        } catch {
            return Self.answer(error)
        }
    }

    func raw(_ path: String) async -> Answer { await Self.raw(path, client) }

    static func raw(_ path: String, _ client: APIClient) async -> Answer {
        do {
            return answer(try await client.raw(.get, path))
        } catch { return answer(error) }
    }

    /// What kube-apiserver says of its own readiness: of a refusal the checks that have failed.
    func readiness() async -> Answer {
        do {
            let response = try await client.raw(.get, "/readyz?verbose")
            guard response.status >= 300 else { return .object(["ready": true]) }
            let lines = String(decoding: response.body, as: UTF8.self).split(separator: "\n")
            let failed = lines.filter { $0.hasPrefix("[-]") }.joined(separator: "; ")
            return .refused(code: response.status, message: String(failed.prefix(500)).inOneLine)
        } catch { return Self.answer(error) }
    }

    /// What the API server says of the caller, which it keeps nothing of.
    func review(_ apiVersion: String, _ kind: String, spec: JSONValue? = nil) async -> Answer {
        var body: JSONValue = ["apiVersion": .string(apiVersion), "kind": .string(kind)]
        if let spec { body["spec"] = spec }
        do {
            let response = try await client.raw(.post, "/apis/\(apiVersion)/\(kind.lowercased())s", body: body)
            return Self.answer(response)
        } catch { return Self.answer(error) }
    }

    /// What an answer of the server's results in, whatever its status.
    static func answer(_ response: RawResponse) -> Answer {
        let object = try? JSONValue.parse(response.body)
        guard response.status < 300, let object else {
            let text = object?["message"].string ?? String(decoding: response.body.prefix(500), as: UTF8.self)
            return .refused(code: response.status, message: text.inOneLine)
        }
        return .object(object)
    }

    func answer(_ ask: () async throws -> JSONValue) async -> Answer {
        do { return .object(try await ask()) } catch { return Self.answer(error) }
    }

    static func answer(_ error: any Error) -> Answer {
        guard let error = error as? APIError else {
            return .unanswered(Silence(.notKubernetes, "an answer could not be read: \(error)"))
        }
        if let code = error.statusCode { return .refused(code: code, message: error.serverMessage) }
        let code: FailureCode =
            switch error.kind {
            case .tls: .apiServerNotTrusted
            case .notKubernetes: .notKubernetes
            case .credentials: .credentialsRefused
            default: .apiServerUnreachable
            }
        return .unanswered(Silence(code, error.description, reason: error.reason, hint: error.hint))
    }
}

extension ObjectList {
    fileprivate var asObject: JSONValue {
        ["items": .array(items), "metadata": ["resourceVersion": .string(resourceVersion)]]
    }
}
