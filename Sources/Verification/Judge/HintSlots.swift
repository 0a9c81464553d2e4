// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import Core
internal import KubernetesClient

/// Fills the slots of hints from what was seen, once: where their commands have to work.
struct HintSlots {
    private let values: [Command.Slot: Command]
    private let remarks: [Command.Slot: String]
    private let isMetrics: Bool
    /// Whether the Service selects no pods, so that there are none to look at.
    private let selectsNoPods: Bool
    /// Whether this host's files are known and in order.
    private let holdsGoodPair: Bool

    /// The namespace of upstream's manifests.
    static let usualNamespace = "kube-system"

    init(_ evidence: Evidence) {
        isMetrics = evidence.isMetrics
        selectsNoPods = evidence[.service].object != nil && evidence.podSelector == nil
        holdsGoodPair = evidence.frontProxy.map { $0.clientCertificate != nil && $0.problems.isEmpty } ?? false
        var values: [Command.Slot: Command] = [.apiService: "\(evidence.apiServiceName.inOneLine)"]
        var remarks: [Command.Slot: String] = [:]
        var install: Command = "kbootstrap install-metrics"
        if let target = ServiceTarget(evidence) {
            let namespace = target.namespace.inOneLine
            values[.namespace] = "\(namespace)"
            values[.service] = "\(target.name.inOneLine)"
            if evidence.isMetrics, target.name != "metrics-server" {
                // Another adapter serves metrics, as prometheus-adapter does.
                install = "kbootstrap install-metrics --adopt"
                remarks[.installMetrics] = "takes the API over from Service \(target.place); or repair that one"
            } else if namespace != Self.usualNamespace {
                install = "kbootstrap install-metrics --namespace \(namespace)"
            }
        }
        values[.installMetrics] = install
        if let deployment = evidence.deployment?.name { values[.deployment] = "\(deployment.inOneLine)" }
        if let selector = evidence.podSelector { values[.podSelector] = "\(selector.inOneLine)" }
        values[.frontProxyFiles] =
            evidence.frontProxy.map { Command(stringLiteral: $0.layout.options(for: $0.directory)) } ?? ""
        self.values = values
        self.remarks = remarks
    }

    /// Until kube-apiserver reads its client certificate again
    /// (k8s.io/apiserver, dynamiccertificates: FileRefreshDuration), in seconds.
    private static let reload = Duration.seconds(60)

    func fill(_ finding: Finding) -> Finding {
        var finding = finding
        let cause = finding.failure.map(Catalogue.cause)
        // Another API was not installed by kbootstrap: its own words, where the catalogue has some.
        if !isMetrics, finding.hint == cause?.fix, let elsewhere = cause?.fixElsewhere { finding.hint = elsewhere }
        if selectsNoPods, finding.hint.mentions(.podSelector) { finding.hint = Self.addresses }
        // What is repaired shows a while later: files are read again, and so is what is published.
        if holdsGoodPair, [.clientCertificateRejected, .identityLost].contains(finding.failure) {
            if finding.failure == .clientCertificateRejected, finding.hint == cause?.fix {
                finding.hint = Self.usesTheseFiles
            }
            finding.patience = Self.reload + Catalogue.probeInterval
        }
        finding.hint = finding.hint.filled(with: values, remarks: remarks)
        return finding
    }

    func fill(_ unchecked: Unchecked) -> Unchecked { unchecked.filled { $0.filled(with: values, remarks: remarks) } }

    private static let addresses = Hint.look(
        "kubectl -n \(.namespace) get endpoints \(.service)",
        "the Service selects no pods: what runs at these addresses?")

    private static let usesTheseFiles = Hint.fix(
        "kbootstrap apiserver-flags apply --restart\(.frontProxyFiles)",
        "does kube-apiserver use these files? it reads renewed ones within a minute")
}

extension Hint {
    fileprivate func mentions(_ slot: Command.Slot) -> Bool {
        switch self {
        case .fix(let command, _), .look(let command, _): command.mentions(slot)
        case .advice: false
        }
    }
}

extension FrontProxyEvidence {
    /// By the names of its files.
    fileprivate var layout: FrontProxyLayout {
        FrontProxyLayout.all.first { pair.certificate.hasSuffix("/\($0.clientCertificateFile)") } ?? .hardWay
    }
}
