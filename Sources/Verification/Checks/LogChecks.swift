// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// What the backend's own log says, read with the catalogue's signatures. None of these applies to a chain that works.
extension Check {
    static let kubeletChecks = [
        Check(.kubelets, "metrics-server scrapes every Ready node's kubelet") { evidence in
            let missing = evidence.readyNodesWithoutMetrics
            guard !missing.isEmpty, !evidence.logs.isEmpty else { return nil }
            var failures = ScrapeFailures(evidence.logs, of: Set(missing))
            failures.take(unreadable: evidence.logs, pods: evidence.pods.object?.items ?? [])
            guard let finding = failures.finding(among: missing.count) else {
                guard let problem = evidence.logs.lazy.compactMap(\.problem).first else { return nil }
                return .couldNotAsk(Finding(.mayNotRead, "metrics-server's log: \(problem)"))
            }
            return .failed(finding)
        }
    ]

    static let processCheck = Check(.workload, "the backend's log tells of no trouble of its own") { evidence in
        let ready = (evidence.endpoints.object?["subsets"].array ?? []).flatMap { $0["addresses"].array ?? [] }
        guard ready.isEmpty else { return nil }
        return said(.process, in: evidence.logs)
    }

    static let authenticationLogCheck = Check(
        .aggregationLayer, "the backend takes kube-apiserver's client certificate"
    ) { evidence in
        let conditions = evidence.apiService.object?["status"]["conditions"].array ?? []
        let message = conditions.first { $0["type"].string == "Available" }?["message"].string ?? ""
        // What it said before the last mend is no news.
        guard
            message.contains("401") || message.contains("timed out") || message.contains("deadline exceeded")
                || message.contains("Client.Timeout")
        else { return nil }
        return said(.authentication, in: evidence.logs) {
            LogLine($0).authority.map { SeenAuthority($0, evidence).words }
        }
    }

    /// - Parameter more: what else a line tells, for the end of the sentence.
    private static func said(
        _ subject: LogSignature.Subject, in logs: [BackendLog], more: (String) -> String? = { _ in nil }
    ) -> Verdict? {
        for log in logs {
            for line in log.lines.reversed() {
                guard let signature = LogSignature.of(line), signature.subject == subject else { continue }
                let rest = more(line).map { "; \($0)" } ?? ""
                return .failed(Finding(signature.code, "pod \(log.pod) says: \(LogLine(line).error)\(rest)"))
            }
        }
        return nil
    }
}

/// Why kubelets give no metrics, by cause.
struct ScrapeFailures {
    private var nodes: [FailureCode: [String]] = [:]
    private var example: [FailureCode: String] = [:]

    /// - Parameter missing: the nodes that count; an older line of another one is history.
    init(_ logs: [BackendLog], of missing: Set<String>) {
        var told: Set<String> = []
        for line in logs.flatMap(\.lines).reversed() {
            guard let signature = LogSignature.of(line), signature.subject == .scrape else { continue }
            let parsed = LogLine(line)
            guard let node = parsed.node, missing.contains(node), told.insert(node).inserted else { continue }
            nodes[signature.code, default: []].append(node)
            example[signature.code] = parsed.error
        }
    }

    /// A log comes from the kubelet of the pod's node: where kube-apiserver cannot have it, that kubelet is the trouble.
    mutating func take(unreadable logs: [BackendLog], pods: [JSONValue]) {
        for log in logs {
            guard let problem = log.problem, let start = problem.firstRange(of: "Get \"https://"),
                problem.contains("/containerLogs/"),
                let node = pods.first(where: { $0.name == log.pod })?["spec"]["nodeName"].string?.escapingControls,
                let signature = LogSignature.ofScrape(problem), !nodes.values.joined().contains(node)
            else { continue }
            nodes[signature.code, default: []].append(node)
            example[signature.code] = "kube-apiserver cannot reach it either: \(problem[start.lowerBound...])"
        }
    }

    /// The cause that most nodes share, with the others beside it.
    func finding(among count: Int) -> Finding? {
        let causes = nodes.sorted { ($1.value.count, $0.key.rawValue) < ($0.value.count, $1.key.rawValue) }
        guard let (code, names) = causes.first else { return nil }
        let others = causes.dropFirst().map { "\(Check.shortened($0.value)): \($0.key.rawValue)" }
        return Finding(
            code,
            "\(Check.shortened(names)) of \(count) Ready node\(count == 1 ? "" : "s") without metrics: \(example[code] ?? "")"
                + (others.isEmpty ? "" : " (and \(others.joined(separator: "; ")))"))
    }
}
