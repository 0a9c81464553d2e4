// SPDX-License-Identifier: Apache-2.0

import Core
import Foundation
import KubernetesClient
import Testing
import Verification

/// Logs and objects of a real Kubernetes 1.36.2 with a real metrics-server 0.8.1, a folder for each fault.
enum Corpus {
    /// What each folder is called. The cluster's answers that the folder does not hold are those that it gave.
    private static let codes: [(folder: String, code: String, answers: @Sendable (inout Evidence) -> Void)] = [
        ("healthy", "none", { _ in }),
        ("connection-refused", "KB404", { fail(&$0, "dial tcp 10.200.0.20:10250: connect: connection refused") }),
        // The old pod serves, and the new one was made this moment.
        ("image-absent", "none", { _ in }), ("unknown-flag", "none", { _ in }), ("oom-killed", "KB335", { _ in }),
        ("kubelet-self-signed", "KB601", { _ in }), ("kubelet-webhook-authn-off", "KB606", { _ in }),
        (
            "kubelet-webhook-authn-off-anonymous-on", "KB607",
            { $0[.accountRights] = .object(["nodesMetrics": true, "reviews": true, "published": true]) }
        ),
        (
            "no-nodes-metrics-right", "KB608",
            { $0[.accountRights] = .object(["nodesMetrics": false, "reviews": true, "published": true]) }
        ),
        (
            "no-auth-delegator", "KB219",
            {
                $0[.accountRights] = .object(["nodesMetrics": true, "reviews": false, "published": true])
                $0[.review] = .refused(
                    code: 500,
                    message: "Internal Server Error: \"/apis/metrics.k8s.io/v1beta1/pods\": "
                        + "subjectaccessreviews.authorization.k8s.io is forbidden: User "
                        + "\"system:serviceaccount:kube-system:metrics-server\" cannot create resource "
                        + "\"subjectaccessreviews\" in API group \"authorization.k8s.io\" at the cluster scope")
            }
        ),
        ("no-auth-reader", "KB325", { _ in }), ("no-aggregator-routing", "KB405", { _ in }),
        ("scaled-to-zero", "KB315", { _ in }),
    ]

    static let cases: [RecordedEvidence.Case] = codes.map { one in
        var evidence = evidence(one.folder)
        one.answers(&evidence)
        return RecordedEvidence.Case(name: one.folder, code: one.code, evidence: evidence)
    }

    private static func fail(_ evidence: inout Evidence, _ why: String) {
        evidence[.discovery] = .refused(code: 503, message: "error trying to reach service: \(why)")
        evidence[.reading] = evidence[.discovery]
        evidence[.podMetrics] = evidence[.discovery]
    }

    private static func evidence(_ folder: String) -> Evidence {
        func object(_ name: String) -> JSONValue {
            RecordedEvidence.text("Corpus/\(folder)/\(name).json").flatMap { try? JSONValue.parse(Array($0.utf8)) }
                ?? .null
        }
        let apiService = object("apiservice")
        let pods = object("pods")
        let log = RecordedEvidence.text("Corpus/\(folder)/log.txt")
        let previous = RecordedEvidence.text("Corpus/\(folder)/previous.txt")
        var evidence = Evidence(
            apiServiceName: "v1beta1.metrics.k8s.io",
            askedAt: lastTime("\(apiService)\(pods)", log ?? "").addingTimeInterval(5))
        evidence[.version] = .object(["gitVersion": "v1.36.2", "major": "1", "minor": "36"])
        evidence[.apiService] = .object(apiService)
        evidence[.service] = .object([
            "spec": [
                "type": "ClusterIP", "clusterIP": "10.32.0.171", "selector": ["k8s-app": "metrics-server"],
                "ports": [["name": "https", "port": 443, "targetPort": "https"]],
            ]
        ])
        evidence[.endpointSlices] = .object(object("slices"))
        evidence[.pods] = .object(pods)
        evidence[.deployments] = .object(["items": [deployment(pods)]])
        evidence[.nodes] = .object(object("nodes"))
        evidence[.access] = .object(["status": ["allowed": true]])
        evidence[.events] = .object(object("events"))
        evidence[.otherAPIServices] = .object(["items": []])
        let isAvailable = "\(apiService)".contains("all checks passed")
        let message = condition(apiService)
        if isAvailable {
            let time = evidence.askedAt.addingTimeInterval(-10).formatted(.iso8601)
            evidence[.discovery] = .object(["resources": [["name": "nodes"], ["name": "pods"]]])
            evidence[.reading] = .object([
                "items": [
                    [
                        "metadata": ["name": "worker-0"], "timestamp": .string(time),
                        "usage": ["cpu": "31m", "memory": "811820Ki"],
                    ]
                ]
            ])
            evidence[.podMetrics] = .object(["items": []])
            evidence[.allPods] = .object(["items": []])
            evidence[.review] = .object(["items": []])
        } else {
            fail(&evidence, message)
            if !message.contains("Get ") {
                for question in [Question.discovery, .reading, .podMetrics] {
                    evidence[question] = .refused(code: 503, message: "service unavailable")
                }
            }
        }
        let name = pods["items"].array?.first?["metadata"]["name"].string ?? ""
        let isCrashing = previous != nil && !isAvailable && folder != "no-aggregator-routing"
        evidence.logs = [
            previous.map { BackendLog(pod: name, lines: lines($0), hasEnded: true) },
            log.map { BackendLog(pod: name, lines: lines($0), hasEnded: isCrashing) },
        ].compactMap(\.self)
        return evidence
    }

    private static func lines(_ text: String) -> [String] { text.split(whereSeparator: \.isNewline).map(String.init) }

    private static func condition(_ apiService: JSONValue) -> String {
        apiService["status"]["conditions"].array?.first?["message"].string ?? ""
    }

    private static func deployment(_ pods: JSONValue) -> JSONValue {
        let isThere = pods["items"].array?.isEmpty == false
        return [
            "metadata": ["name": "metrics-server", "generation": 1],
            "spec": [
                "replicas": .int(isThere ? 1 : 0),
                "template": ["metadata": ["labels": ["k8s-app": "metrics-server"]]],
            ],
            "status": ["observedGeneration": 1, "updatedReplicas": .int(isThere ? 1 : 0)],
        ]
    }

    /// The last moment that the objects or the log speak of.
    private static func lastTime(_ objects: String, _ log: String) -> Date {
        let times = objects.matches(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/).map { String($0.output) }
        let day = (times.max() ?? "2026-12-01T00:00:00Z").prefix(11)
        let lines = log.matches(of: /[IWEF]\d{4} (\d\d:\d\d:\d\d)\./).map { "\(day)\($0.output.1)Z" }
        return (times + lines).compactMap { try? Date($0, strategy: .iso8601) }.max() ?? Date()
    }
}

@Suite struct CorpusTests {
    @Test("a real cluster's fault is called by its name", arguments: Corpus.cases)
    func folder(_ one: RecordedEvidence.Case) throws {
        let report = one.report
        if one.code == "none" || report.isHealthy {
            #expect(report.isHealthy, "\(report.rootCauses)")
            if one.code != "none" { #expect(report.warnings.map(\.code.rawValue).contains(one.code)) }
        } else {
            #expect(report.rootCauses.map(\.code.rawValue) == [one.code], "\(report.rootCauses)")
        }
    }

    @Test func theCorpusIsThere() {
        // The other two are logs alone.
        let logs = ["healthy-json", "healthy-verbose"]
        #expect(RecordedEvidence.names(in: "Corpus").sorted() == (Corpus.cases.map(\.name) + logs).sorted())
    }

    @Test func aRolloutThatFailsIsToldWithItsReason() throws {
        let report = try #require(Corpus.cases.first { $0.name == "oom-killed" }).report
        let warning = try #require(report.warnings.first { $0.code == FindingCode(.rolloutStuck) })
        #expect(warning.summary.contains("KB327") && warning.summary.contains("OOMKilled"))
    }

    @Test func aCauseWhoseFixIsKnownSaysIt() throws {
        let zero = try #require(Corpus.cases.first { $0.name == "scaled-to-zero" }).report
        #expect(
            zero.rootCauses.first?.hint.text == "kubectl -n kube-system scale deployment metrics-server --replicas=1")
        let routing = try #require(Corpus.cases.first { $0.name == "no-aggregator-routing" }).report
        #expect(routing.rootCauses.first?.hint.text.contains("--enable-aggregator-routing=true") == true)
    }
}
