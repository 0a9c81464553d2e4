// SPDX-License-Identifier: Apache-2.0

import Core
import Foundation
import KubernetesClient
import Testing
import Verification

/// What holds of every report, whatever was seen.
@Suite struct InvariantTests {
    typealias Case = RecordedEvidence.Case

    // MARK: No root cause contradicts a claim that passed

    /// The claims, by their words, that cannot be true of a subject together with a cause about it. A table of the
    /// test's own, so that the catalogue's is held to something.
    private static let contradictions: [String: Set<String>] = [
        "kube-apiserver answers": ["KB101", "KB102", "KB103", "KB104"],
        "the caller is known and may look": ["KB102"],
        "kube-apiserver publishes a requestheader CA": ["KB201", "KB202", "KB203"],
        "callers' names and groups are passed on in headers": ["KB204", "KB208"],
        "the allowed names are names": ["KB205"],
        "the backend takes kube-apiserver's client certificate": [
            "KB209", "KB210", "KB211", "KB212", "KB213", "KB215", "KB216",
        ],
        "the Service is there and listens on the APIService's port": ["KB301", "KB302"],
        "a ready backend stands behind the Service": [
            "KB303", "KB304", "KB305", "KB306", "KB311", "KB312", "KB313", "KB314", "KB315", "KB316", "KB317", "KB318",
            "KB319", "KB321", "KB322", "KB323", "KB324", "KB325", "KB326", "KB327", "KB330", "KB331", "KB332",
            "KB333", "KB334", "KB336", "KB337", "KB338", "KB339",
        ],
        "the latest change of the Deployment is running": ["KB335"],
        "the backend's ServiceAccount has its rights": ["KB219", "KB325"],
        "discovery answers through the aggregator": [
            "KB401", "KB403", "KB404", "KB405", "KB406", "KB407", "KB408", "KB409", "KB411", "KB412", "KB418", "KB419",
            "KB420", "KB421", "KB422", "KB423", "KB424", "KB425", "KB216",
        ],
        "the caller arrives at the backend under their own name": [
            "KB209", "KB210", "KB211", "KB212", "KB213", "KB215", "KB216", "KB505",
        ],
        "callers who are no administrators get through": ["KB219", "KB221", "KB222"],
        "every API server reaches the backend by itself": ["KB415", "KB416", "KB417"],
        "every Ready node has fresh metrics": Set(
            ["KB501", "KB503", "KB504"] + (1...16).map { "KB6\($0 < 10 ? "0" : "")\($0)" }),
        "running pods have metrics": ["KB502", "KB506"],
    ]

    /// Whether what is said of the subject is said of what a claim of the whole cluster speaks of: a pod that is one of
    /// the Service's backends, a Node that is Ready. A file is this host's, whatever the cluster shows.
    private static func isMeant(_ subject: Subject, _ evidence: Evidence) -> Bool {
        switch subject {
        case .cluster: true
        case .file, .apiServer: false
        case .node(let name):
            (evidence[.nodes].object?["items"].array ?? []).contains { node in
                node.name == name
                    && (node["status"]["conditions"].array ?? []).contains {
                        $0["type"].string == "Ready" && $0["status"].string == "True"
                    }
            }
        case .pod(let name): readyPods(evidence).contains(name)
        }
    }

    private static func readyPods(_ evidence: Evidence) -> [String] {
        let slices = (evidence[.endpointSlices].object?["items"].array ?? []).flatMap { $0["endpoints"].array ?? [] }
            .filter { $0["conditions"]["ready"].bool != false }
        let endpoints = (evidence[.endpoints].object?["subsets"].array ?? []).flatMap { $0["addresses"].array ?? [] }
        return (slices + endpoints).compactMap { $0["targetRef"]["name"].string }
    }

    private static func contradiction(_ report: VerificationReport) -> String? {
        let passed = report.results.filter { if case .passed = $0.verdict { true } else { false } }.map(\.claim)
        for cause in report.rootCauses where isMeant(cause.subject, report.record.evidence) {
            if let claim = passed.first(where: { contradictions[$0]?.contains(cause.code.rawValue) == true }) {
                return "\(cause.code): \(cause.summary), beside √ \(claim)"
            }
        }
        return nil
    }

    /// What every report has to be, beside that.
    private static func flaw(_ report: VerificationReport) -> String? {
        if let contradiction = contradiction(report) { return contradiction }
        let evidence = report.record.evidence
        let claims = report.results.map(\.claim)
        if Set(claims).count != claims.count { return "a claim is told twice" }
        let missing = expected(evidence).subtracting(claims)
        if !missing.isEmpty { return "not in the report: \(missing.sorted())" }
        for finding in report.rootCauses + report.warnings {
            if finding.hint.text.isEmpty || finding.cause.isEmpty { return "\(finding.code) has no hint or title" }
            if finding.summary.contains(where: \.isNewline) { return "\(finding.code) is told in two lines" }
        }
        // A request that fails has a cause, known or not.
        for question in [Question.discovery, .reading] where fails(evidence[question]) && report.isHealthy {
            if expected(evidence).count > 5 { return "\(question) fails, and all is called well" }
        }
        return nil
    }

    private static func fails(_ answer: Answer) -> Bool {
        switch answer {
        case .refused, .unanswered: true
        case .object, .notAsked: false
        }
    }

    @Test("every recorded fault keeps its own cause, and its report is sound", arguments: RecordedEvidence.all)
    func recorded(_ one: Case) {
        let report = one.report
        #expect(Self.flaw(report) == nil)
        if one.code == "none" {
            #expect(report.isHealthy, "\(report.rootCauses)")
        } else {
            let first = report.rootCauses.first?.code ?? report.warnings.first { $0.code.rawValue == one.code }?.code
            #expect(first?.rawValue == one.code)
        }
    }

    @Test("no mixture of two makes a report that contradicts itself", arguments: 0..<20)
    func mixture(_ batch: Int) {
        for seed in (batch * 100)..<(batch * 100 + 100) {
            var dice = Dice(seed: UInt64(seed))
            let (one, other) = (dice.one(RecordedEvidence.all), dice.one(RecordedEvidence.all))
            let flaw = Self.flaw(Case.report(Self.mixed(one.evidence, other.evidence, &dice)))
            #expect(flaw == nil, "seed \(seed), \(one.name) and \(other.name)")
        }
    }

    /// Each question is answered as one of the two has it; times are those of the first one's moment.
    private static func mixed(_ one: Evidence, _ other: Evidence, _ dice: inout Dice) -> Evidence {
        var mixed = one
        let shift = one.askedAt.timeIntervalSince(other.askedAt)
        for question in Question.allCases where dice.chance(0.5) {
            switch other[question] {
            case .object(let object): mixed[question] = .object(moved(object, by: shift))
            case let answer: mixed[question] = answer
            }
        }
        return mixed
    }

    private static func moved(_ value: JSONValue, by seconds: TimeInterval) -> JSONValue {
        value.mappingText { text in
            guard text.utf8.count == 20, text.utf8.last == UInt8(ascii: "Z"),
                let time = try? Date(text, strategy: .iso8601)
            else { return text }
            return time.addingTimeInterval(seconds).formatted(.iso8601)
        }
    }

    // MARK: A claim that applies is in every report

    /// The claims that apply, by what is known of the cluster: a table of the test's own.
    private static func expected(_ evidence: Evidence) -> Set<String> {
        guard evidence[.version].object != nil else { return ["kube-apiserver answers"] }
        var claims: Set = [
            "kube-apiserver answers", "the caller is known and may look",
            "the clocks of this machine, kube-apiserver and the nodes agree",
            "kube-apiserver publishes a requestheader CA", "callers' names and groups are passed on in headers",
            "the allowed names are names", "the requestheader CA differs from the client CA",
            "ConfigMap extension-apiserver-authentication is of normal size", "the APIService is Available",
            "discovery answers through the aggregator", "the caller arrives at the backend under their own name",
            "the other APIServices are Available",
        ]
        if evidence.frontProxy != nil {
            claims.insert("this host's front-proxy certificate is accepted by what is published")
            claims.insert("the backend refuses an unknown user by name")
        }
        let apiService = evidence[.apiService].object
        if apiService == nil || apiService?["spec"]["service"] != .null {
            claims.formUnion([
                "the backend takes kube-apiserver's client certificate",
                "the Service is there and listens on the APIService's port",
                "kube-apiserver verifies the backend's certificate",
            ])
            let service = evidence[.service].object?["spec"] ?? .null
            if service["type"].string != "ExternalName" { claims.insert("a ready backend stands behind the Service") }
            if service == .null || service["selector"] != .null {
                claims.insert("the backend's log tells of no trouble of its own")
                claims.insert("the latest change of the Deployment is running")
            }
        }
        if evidence.apiServers.count > 1 { claims.insert("every API server reaches the backend by itself") }
        if evidence[.accountRights].object != nil { claims.insert("the backend's ServiceAccount has its rights") }
        if evidence.isMetrics {
            claims.formUnion([
                "callers who are no administrators get through", "every Ready node has fresh metrics",
                "running pods have metrics", "metrics are not all zero", "autoscalers can use the metrics",
                "metrics-server scrapes every Ready node's kubelet",
            ])
        }
        return claims
    }

    // MARK: What is healthy accuses nobody

    /// What each claim came to, without figures.
    private static func outcome(_ report: VerificationReport) -> [String] {
        report.results.map { result in
            let verdict =
                switch result.verdict {
                case .passed: "passed"
                case .warning(let finding): "warning \(finding.code)"
                case .failed(let finding): "failed \(finding.code)"
                case .consequence(let finding, let root): "consequence \(finding.code) of \(root)"
                case .notChecked: "not checked"
                }
            return "\(result.claim): \(verdict)"
        }
    }

    @Test("a healthy log's lines change no verdict", arguments: RecordedEvidence.all.indices)
    func healthyLines(_ index: Int) {
        let one = RecordedEvidence.all[index]
        let before = Self.outcome(one.report)
        var dice = Dice(seed: UInt64(index))
        for change in Self.additions {
            for lines in [HealthyLines.text, HealthyLines.json] {
                // Any of them, in their order; every one by itself is tried elsewhere.
                let some = lines.filter { _ in dice.chance(25 / Double(lines.count)) }
                let added = dice.chance(0.5) ? HealthyLines.stamped(some, at: one.evidence.askedAt) : some
                var evidence = one.evidence
                change(&evidence, added)
                let after = Self.outcome(Case.report(evidence))
                #expect(after == before, "\(one.name), with \(added)")
            }
        }
    }

    /// After, before and between what a pod has said, and as the log of one more container, which runs or has ended.
    private static let additions: [@Sendable (inout Evidence, [String]) -> Void] = [
        { evidence, lines in evidence.rewriteLogs { $0 + lines } },
        { evidence, lines in evidence.rewriteLogs { lines + $0 } },
        { evidence, lines in
            evidence.rewriteLogs { said in
                said.enumerated().flatMap { index, line in
                    lines.isEmpty ? [line] : [lines[index % lines.count], line]
                }
            }
        },
        { evidence, lines in evidence.logs += [BackendLog(pod: "other", container: "metrics-server", lines: lines)] },
        { evidence, lines in evidence.logs = [BackendLog(pod: "other", lines: lines)] + evidence.logs },
        { evidence, lines in evidence.logs += [BackendLog(pod: "other", lines: lines, hasEnded: true)] },
    ]

    @Test("every signature is held to the healthy log", arguments: [false, true])
    func noSignatureKnowsAHealthyLine(_ hasEnded: Bool) {
        for line in HealthyLines.all {
            let judged = evidence {
                $0[.endpoints] = .object(["subsets": []])
                $0[.reading] = .refused(code: 503, message: "service unavailable")
                $0[.discovery] = .refused(code: 503, message: "service unavailable")
                $0[.pods] = .object([
                    "items": [["metadata": ["name": "ms-1"], "status": ["phase": "Running"]]]
                ])
                $0.logs = [BackendLog(pod: "ms-1", lines: [line], hasEnded: hasEnded)]
            }
            #expect(roots(judged) == ["KB314"], "\(line)")
        }
    }

    // MARK: A young pod is waited for

    @Test(
        "a pod within its normal start is waited for, not judged", arguments: [1, 10, 20, 30, 44],
        ["v1.20.2", "v1.36.2"])
    func young(_ age: Int, _ version: String) throws {
        let report = Case.report(Self.starting(age, version))
        let root = try #require(report.rootCauses.first)
        #expect(report.rootCauses.count == 1 && root.code == FindingCode(.podStarting), "\(report.rootCauses)")
        #expect(root.patience > .zero)
        #expect(Self.flaw(report) == nil)
    }

    @Test func anOldOneIsJudged() {
        #expect(Case.report(Self.starting(200, "v1.36.2")).rootCauses.map(\.code.rawValue) == ["KB314"])
    }

    /// A metrics-server that was installed some seconds ago, on a cluster that is well.
    private static func starting(_ age: Int, _ version: String) -> Evidence {
        evidence { evidence in
            let start = JSONValue.string(evidence.askedAt.addingTimeInterval(TimeInterval(-age)).formatted(.iso8601))
            let isNew = version == "v1.36.2"
            evidence[.version] = .object(["gitVersion": .string(version)])
            var apiService = evidence[.apiService].object ?? .null
            apiService["status"] = [
                "conditions": [
                    [
                        "type": "Available", "status": "False", "reason": "MissingEndpoints",
                        "message": .string(
                            "\(isNew ? "endpointslices" : "endpoints") for service/metrics-server in \"kube-system\" "
                                + "have no addresses with port name \"https\""),
                    ]
                ]
            ]
            evidence[.apiService] = .object(apiService)
            evidence[.endpoints] =
                isNew ? .notAsked : .object(["subsets": [["notReadyAddresses": [["ip": "10.200.0.9"]]]]])
            if isNew {
                evidence[.endpointSlices] = .object([
                    "items": [
                        [
                            "addressType": "IPv4",
                            "endpoints": [["addresses": ["10.200.0.9"], "conditions": ["ready": false]]],
                        ]
                    ]
                ])
            }
            evidence[.pods] = .object([
                "items": [
                    [
                        "metadata": ["name": "ms-1", "creationTimestamp": start, "labels": ["pod-template-hash": "1"]],
                        "spec": ["nodeName": "n1", "serviceAccountName": "metrics-server"],
                        "status": [
                            "phase": "Running", "startTime": start,
                            "conditions": [
                                ["type": "PodScheduled", "status": "True"], ["type": "Ready", "status": "False"],
                            ],
                            "containerStatuses": [
                                [
                                    "name": "metrics-server", "ready": false, "restartCount": 0,
                                    "state": ["running": ["startedAt": start]],
                                ]
                            ],
                        ],
                    ]
                ]
            ])
            for question in [Question.discovery, .reading, .podMetrics] {
                evidence[question] = .refused(code: 503, message: "service unavailable")
            }
            evidence.logs = [
                BackendLog(pod: "ms-1", lines: HealthyLines.stamped(HealthyLines.text, at: evidence.askedAt))
            ]
        }
    }
}

extension Evidence {
    fileprivate mutating func rewriteLogs(_ change: ([String]) -> [String]) {
        logs = logs.map { log in
            BackendLog(
                pod: log.pod, container: log.container, lines: change(log.lines), hasEnded: log.hasEnded,
                problem: log.problem)
        }
    }
}
