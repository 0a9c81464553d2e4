// SPDX-License-Identifier: Apache-2.0

public import Core
public import FoundationEssentials
internal import KubernetesClient
internal import PKI

/// The way from the caller to the kubelets, hop by hop, as a report shows it: pure.
public struct Chain: Sendable, Equatable {
    public enum State: String, Sendable { case proven, broken, affected, notProven = "not proven" }

    /// A certificate that a hop depends on, as far as it was seen.
    public struct SeenCertificate: Sendable, Equatable {
        /// What it is for.
        public let role: String
        public let subject: String
        public let notAfter: Date
        /// Whole days from when it was looked at to its end; negative when that is past.
        public let daysLeft: Int
    }

    public struct Hop: Sendable, Equatable {
        public let from: String
        public let to: String
        public let state: State
        /// The code of what breaks the hop, where one of its own checks failed.
        public let code: FindingCode?
        public let certificates: [SeenCertificate]
    }

    public let hops: [Hop]

    public init(_ report: VerificationReport) {
        let evidence = report.record.evidence
        let target = ServiceTarget(evidence)
        let backend = target.map { "\($0.namespace)/\($0.name)" } ?? report.apiServiceName
        var hops = [
            Self.hop("caller", "kube-apiserver", [.apiAccess], report, Self.callerCertificates(evidence)),
            Self.hop(
                "kube-apiserver", evidence.isMetrics ? "metrics-server" : backend,
                [.aggregationLayer, .workload, .apiService], report, Self.certificates(evidence)),
        ]
        if evidence.isMetrics {
            hops.append(
                Self.hop(
                    "metrics-server", "kubelets", [.metrics, .kubelets], report,
                    Self.seen(.kubelet, "kubelet", evidence)))
        }
        self.hops = hops
    }

    private static func hop(
        _ from: String, _ to: String, _ groups: [Verification.Hop], _ report: VerificationReport,
        _ certificates: [SeenCertificate]
    ) -> Hop {
        let verdicts = report.results.filter { groups.contains($0.hop) }.map(\.verdict)
        var state = State.notProven
        var code: FindingCode?
        for verdict in verdicts {
            switch verdict {
            case .failed(let finding):
                state = .broken
                code = code ?? finding.code
            case .consequence where state != .broken: state = .affected
            case .passed where state == .notProven: state = .proven
            default: break
            }
        }
        return Hop(from: from, to: to, state: state, code: code, certificates: certificates)
    }

    private static func callerCertificates(_ evidence: Evidence) -> [SeenCertificate] {
        seen(.apiServer, "kube-apiserver", evidence)
            + seen("client CA", PublishedAuthentication(evidence)?.clientCA, at: evidence.askedAt)
    }

    private static func certificates(_ evidence: Evidence) -> [SeenCertificate] {
        let bundle = evidence[.apiService].object?["spec"]["caBundle"].string.flatMap { Data(base64Encoded: $0) }
        return seen("front-proxy client", evidence.frontProxy?.clientCertificate, at: evidence.askedAt)
            + seen("requestheader CA", PublishedAuthentication(evidence)?.requestHeaderCA, at: evidence.askedAt)
            + seen("APIService caBundle", bundle.map { String(decoding: $0, as: UTF8.self) }, at: evidence.askedAt)
            + seen(.backend, "backend", evidence)
    }

    /// More do not fit under an arrow.
    private static let mostServed = 3

    private static func seen(
        _ server: ServedCertificate.Server, _ role: String, _ evidence: Evidence
    ) -> [SeenCertificate] {
        evidence.served.filter { $0.server == server }.prefix(mostServed).flatMap { one in
            seen(role + (one.name.isEmpty ? "" : " \(one.name.inOneLine)"), one.certificate, at: evidence.askedAt)
        }
    }

    private static func seen(_ role: String, _ pem: String?, at moment: Date) -> [SeenCertificate] {
        guard let pem, let certificates = try? Certificate.read(pem: Array(pem.utf8)) else { return [] }
        return certificates.map { certificate in
            let days = (certificate.notAfter.timeIntervalSince(moment) / 86400).rounded(.down)
            return SeenCertificate(
                role: role, subject: certificate.subject.escapingControls.inOneLine,
                notAfter: certificate.notAfter, daysLeft: Int(days))
        }
    }
}
