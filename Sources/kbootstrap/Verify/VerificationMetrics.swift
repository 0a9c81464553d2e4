// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import Verification

/// Verification reports in Prometheus' text format (version 0.0.4), for a textfile collector or whoever reads a job's log.
struct VerificationMetrics {
    private struct Family {
        let name: String
        let help: String
        var samples: [(labels: [(String, String)], value: String)] = []

        func rendered() -> String {
            guard !samples.isEmpty else { return "" }
            let lines = samples.map { sample in
                let labels = sample.labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
                return "\(name){\(labels)} \(sample.value)\n"
            }
            return "# HELP \(name) \(help)\n# TYPE \(name) gauge\n" + lines.joined()
        }

        private static func escaped(_ text: String) -> String {
            // By scalars: a quote with a combining mark is no quote to Swift, and one to Prometheus.
            var escaped = ""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "\\": escaped += "\\\\"
                case "\"": escaped += "\\\""
                case "\n": escaped += "\\n"
                default: escaped.unicodeScalars.append(scalar)
                }
            }
            return escaped
        }
    }

    private var asked = Family(
        name: "kbootstrap_verify_asked", help: "Whether the kubeconfig led to the cluster.")
    private var healthy = Family(
        name: "kbootstrap_verify_healthy", help: "Whether every check that proves the chain holds.")
    private var checks = Family(name: "kbootstrap_verify_checks", help: "Checks, by their verdict.")
    private var findings = Family(
        name: "kbootstrap_verify_finding", help: "What was found, by code: a root cause, what follows, or a warning.")
    private var elapsed = Family(
        name: "kbootstrap_verify_duration_seconds", help: "How long verification took, in all its rounds.")
    private var moment = Family(
        name: "kbootstrap_verify_timestamp_seconds", help: "When the last round of questions began.")
    private var ends = Family(
        name: "kbootstrap_verify_certificate_not_after_timestamp_seconds",
        help: "When certificates that the chain depends on end, as far as they were seen.")

    /// One cluster.
    init(_ report: VerificationReport) {
        let labels = Self.labels(report.context, report.apiServiceName)
        add(labels, report.results, isHealthy: report.isHealthy, report.elapsed)
        moment.samples.append((labels, "\(Int64(report.record.evidence.askedAt.timeIntervalSince1970))"))
        var seen: Set<[String]> = []
        for certificate in Chain(report).hops.flatMap(\.certificates)
        where seen.insert([certificate.role, certificate.subject, "\(certificate.notAfter)"]).inserted {
            // Of two under one name, one that is about to end would hide behind the other.
            let last = "\(Int64(certificate.notAfter.timeIntervalSince1970))"
            let own = labels + [("role", certificate.role), ("subject", certificate.subject)]
            if let index = ends.samples.firstIndex(where: { $0.labels.map(\.1) == own.map(\.1) }) {
                if let earlier = Int64(ends.samples[index].value), let later = Int64(last), later < earlier {
                    ends.samples[index].value = last
                }
            } else {
                ends.samples.append((own, last))
            }
        }
    }

    /// Many clusters.
    ///
    /// - Parameter asked: the APIService's name, as it was typed.
    init(_ members: [FleetMember], asked name: String?) {
        for member in members {
            let labels = Self.labels(member.context, member.apiServiceName ?? name)
            switch member.outcome {
            case .verified(let results, let root, let elapsed):
                add(labels, results, isHealthy: root == nil, elapsed)
            case .notAsked:
                asked.samples.append((labels, "0"))
                healthy.samples.append((labels, "0"))
            }
        }
    }

    func rendered() -> String {
        [asked, healthy, checks, findings, elapsed, moment, ends].map { $0.rendered() }.joined()
    }

    private static func labels(_ context: String?, _ apiService: String?) -> [(String, String)] {
        (context.map { [("context", $0)] } ?? []) + (apiService.map { [("apiservice", $0)] } ?? [])
    }

    private mutating func add(
        _ labels: [(String, String)], _ results: [ClaimResult], isHealthy: Bool, _ elapsed: Duration
    ) {
        asked.samples.append((labels, "1"))
        healthy.samples.append((labels, isHealthy ? "1" : "0"))
        self.elapsed.samples.append((labels, VerificationJUnit.seconds(elapsed)))
        var counts: [String: Int] = [:]
        var told: Set<[String]> = []
        for result in results {
            let (verdict, role, finding): (String, String, Finding?) =
                switch result.verdict {
                case .passed: ("passed", "", nil)
                case .warning(let finding): ("warning", "warning", finding)
                case .failed(let finding): ("failed", "root_cause", finding)
                case .consequence(let finding, _): ("consequence", "consequence", finding)
                case .notChecked: ("not_checked", "", nil)
                }
            counts[verdict, default: 0] += 1
            guard let finding, told.insert([finding.code.rawValue, role]).inserted else { continue }
            findings.samples.append((labels + [("code", finding.code.rawValue), ("role", role)], "1"))
        }
        for verdict in ["passed", "warning", "failed", "consequence", "not_checked"] {
            checks.samples.append((labels + [("verdict", verdict)], "\(counts[verdict] ?? 0)"))
        }
    }
}
