// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubeletCertificates
internal import KubernetesClient

extension ClaimRow {
    static let kubelets = [
        ClaimRow(.kubeletsScraped, .kubelets, "metrics-server scrapes every Ready node's kubelet") { evidence in
            guard evidence.isMetrics else { return .notApplicable }
            guard evidence[.nodes].object != nil else { return .notChecked("the Nodes were not read") }
            let missing = evidence.readyNodesWithoutMetrics
            guard !missing.isEmpty else { return .passed("") }
            // A metrics-server is ready once it has scraped: older lines of its log accuse no kubelet then.
            guard evidence[.reading].object != nil || !evidence.hasReadyBackend else {
                return .notChecked("no metrics were read, and a ready metrics-server has scraped")
            }
            var failures = ScrapeFailures(evidence, of: Set(missing))
            failures.take(unreadable: evidence.logs, pods: evidence[.pods].object?.items ?? [])
            if let finding = failures.finding(among: missing.count) {
                // A metrics-server that is ready has scraped; whom it misses, only its metrics say.
                guard evidence[.reading].object != nil || !evidence.hasReadyBackend else {
                    return .notChecked("no metrics were read; its log says: \(finding.summary)")
                }
                return .failed(finding, from: .log)
            }
            if let problem = evidence.logs.lazy.compactMap(\.problem).first {
                return .notChecked("metrics-server's log: \(problem)", code: .mayNotRead)
            }
            return .notChecked(
                "metrics-server's log does not speak of \(missing.count == 1 ? "the node" : "the nodes")")
        }
    ]
}

/// Why kubelets give no metrics, by cause.
struct ScrapeFailures {
    private var nodes: [FailureCode: [String]] = [:]
    private var example: [FailureCode: String] = [:]
    private let requests: KubeletCertificateRequests?

    /// - Parameter missing: the nodes that count; an older line of another one is history.
    init(_ evidence: Evidence, of missing: Set<String>) {
        requests = evidence[.signingRequests].object.map {
            KubeletCertificateRequests(objects: $0.items, now: evidence.askedAt)
        }
        var told: Set<String> = []
        // What is said later counts; a container that ended said it before the one that runs.
        for log in evidence.logs.reversed() {
            for line in log.lines.reversed().map(LogLine.init) where line.accuses(hasEnded: log.hasEnded) {
                guard let meaning = line.meaning, meaning.source == .scrape, let node = line.node,
                    missing.contains(node), told.insert(node).inserted
                else { continue }
                let code = Self.refined(meaning.code, evidence)
                nodes[code, default: []].append(node)
                example[code] = line.error
            }
        }
    }

    /// A kubelet's 403 does not say whom it refused. Where kube-apiserver grants the ServiceAccount the right, the
    /// kubelet did not see who asked.
    private static func refined(_ code: FailureCode, _ evidence: Evidence) -> FailureCode {
        guard code == .kubeletForbids, evidence[.accountRights].object?["nodesMetrics"].bool == true else {
            return code
        }
        return .kubeletSeesAnonymous
    }

    /// A log comes from the kubelet of the pod's node: where kube-apiserver cannot have it, that kubelet is the trouble.
    mutating func take(unreadable logs: [BackendLog], pods: [JSONValue]) {
        for log in logs {
            guard let (code, words) = log.kubeletTrouble,
                let node = pods.first(where: { $0.name == log.pod })?["spec"]["nodeName"].string?.escapingControls,
                !nodes.values.joined().contains(node)
            else { continue }
            nodes[code, default: []].append(node)
            example[code] = "kube-apiserver cannot reach it either: \(words)"
        }
    }

    /// The cause that most nodes share, with the others beside it.
    func finding(among count: Int) -> Finding? {
        let causes = nodes.sorted { ($1.value.count, $0.key.rawValue) < ($0.value.count, $1.key.rawValue) }
        guard let (code, names) = causes.first else { return nil }
        let others = causes.dropFirst().map { "\($0.value.shortened): \($0.key.rawValue)" }
        let states = code == .kubeletWithoutCertificate ? requestStates(of: names) : ""
        // One node's scrape proves nothing of another's.
        return Finding(
            code, about: names.count == 1 ? .node(names[0]) : .cluster,
            "\(names.count == count ? "" : "\(names.count) of ")\(count.of("Ready node")) without metrics "
                + "(\(names.shortened)): \(example[code] ?? "")\(states)"
                + (others.isEmpty ? "" : " (and \(others.joined(separator: "; ")))"),
            hint: code == .kubeletWithoutCertificate ? stepForRequests(of: names) : nil)
    }

    /// What has become of their requests for a certificate; empty where nobody told.
    private func requestStates(of names: [String]) -> String {
        guard let requests else { return "" }
        let states = names.sorted().prefix(5).map { "\($0.inOneLine): \(requests.state(of: $0).words)" }
        return "; " + states.joined(separator: "; ") + (names.count > 5 ? "; and \(names.count - 5) more" : "")
    }

    /// As `kubelet-certs inspect` advises for the same Nodes; nil where nobody told.
    private func stepForRequests(of names: [String]) -> Hint? {
        requests.flatMap { requests in
            KubeletAdvice.steps(for: names.sorted().map { ($0, requests.state(of: $0)) }).first?.hint
        }
    }
}

extension BackendLog {
    /// Why kube-apiserver could not have this log from the kubelet, with its words; nil where it is not the kubelet.
    var kubeletTrouble: (code: FailureCode, words: Substring)? {
        if isSilent { return (.kubeletTimesOut, "the log of pod \(pod) does not come within the time given") }
        guard let problem, let start = problem.firstRange(of: "Get \"https://"), problem.contains("/containerLogs/"),
            let code = Catalogue.cause(of: "\(Catalogue.scrapeWords[0]) \(problem)", in: .scrape),
            code != .kubeletNotScraped
        else { return nil }
        return (code, problem[start.lowerBound...])
    }

    /// Whether it, or that it cannot be had, says that a kubelet serves without a certificate.
    var tellsOfKubeletWithoutCertificate: Bool {
        kubeletTrouble?.code == .kubeletWithoutCertificate
            || lines.lazy.map(LogLine.init).contains {
                $0.accuses(hasEnded: hasEnded) && $0.meaning?.code == .kubeletWithoutCertificate
            }
    }
}

extension [String] {
    /// The first few by name.
    var shortened: String {
        let shown = sorted().prefix(5).map(\.inOneLine).joined(separator: ", ")
        return count > 5 ? "\(shown) and \(count - 5) more" : shown
    }
}
