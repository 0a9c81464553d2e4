// SPDX-License-Identifier: Apache-2.0

internal import AggregationLayer
internal import FoundationEssentials
internal import KubernetesClient

/// Where the commands of hints are to work: the catalogue names upstream's namespace and the layout's own folder.
struct HintPlace {
    private let namespace: String
    private let options: String
    /// What to type where the catalogue's fix is metrics-server's, and another API is verified.
    private let otherAPI: OtherAPI?
    /// The Service that serves metrics in metrics-server's place, as prometheus-adapter's does; nil where none does.
    private let stranger: String?
    /// Whether this host's files are known and in order.
    private let holdsGoodPair: Bool

    init(_ evidence: Evidence) {
        namespace = (ServiceTarget(evidence)?.namespace ?? Catalogue.usualNamespace).escapingControls
        stranger =
            evidence.isMetrics
            ? ServiceTarget(evidence).flatMap {
                $0.name == "metrics-server" ? nil : "\($0.namespace)/\($0.name)".inOneLine
            }
            : nil
        otherAPI = evidence.isMetrics ? nil : OtherAPI(evidence)
        options = evidence.frontProxy.map { $0.layout.options(for: $0.directory) } ?? ""
        holdsGoodPair = evidence.frontProxy.map { $0.clientCertificate != nil && $0.problems.isEmpty } ?? false
    }

    private static let reading =
        "kbootstrap apiserver-flags apply --restart   # does kube-apiserver use these files? renewed ones within a minute"
    /// Until kube-apiserver reads its client certificate again
    /// (k8s.io/apiserver, dynamiccertificates: FileRefreshDuration), in seconds.
    private static let reload = Duration.seconds(60)

    func fit(_ finding: Finding) -> Finding {
        // What is mended already shows a while later: files are read again, and so is what is published.
        let hint =
            switch finding.code {
            case .clientCertificateRejected where holdsGoodPair: Self.reading
            case .identityLost where holdsGoodPair: finding.hint
            default: nil as String?
            }
        if let hint {
            return Finding(
                finding.code, finding.summary, hint: fit(hint, of: finding.code),
                patience: Self.reload + Catalogue.probeInterval)
        }
        return Finding(
            finding.code, finding.summary, hint: fit(finding.hint, of: finding.code), patience: finding.patience)
    }

    func fit(_ verdict: Verdict) -> Verdict {
        switch verdict {
        case .passed: verdict
        case .warning(let finding): .warning(fit(finding))
        case .failed(let finding): .failed(fit(finding))
        case .consequence(let finding, let root): .consequence(fit(finding), of: root)
        case .couldNotAsk(let finding): .couldNotAsk(fit(finding))
        }
    }

    private func fit(_ hint: String, of code: FailureCode) -> String {
        if let otherAPI, OtherAPI.isMetricsServers(hint) { return otherAPI.hint(code) }
        var hint = hint
        for command in Self.onFiles where hint.hasPrefix(command) && !hint.contains(" --dir ") {
            hint = command + options + hint.dropFirst(command.count)
        }
        let install = "kbootstrap install-metrics"
        if let stranger, hint.hasPrefix(install), !hint.contains(" --adopt") {
            return "\(install) --adopt   # takes the API over from Service \(stranger); or mend that one"
        }
        guard namespace != Catalogue.usualNamespace, !Catalogue.ofKubeSystem.contains(code) else { return hint }
        let quoted = ShellWord.quoted(namespace)
        if hint.hasPrefix(install), !hint.contains(" --namespace ") {
            hint = "\(install) --namespace \(quoted)" + hint.dropFirst(install.count)
        }
        return hint.replacing("-n \(Catalogue.usualNamespace) ", with: "-n \(quoted) ")
    }

    private static let onFiles = [
        "kbootstrap apiserver-flags apply --restart", "kbootstrap certs renew --new-key", "kbootstrap certs renew",
        "kbootstrap certs front-proxy", "kbootstrap certs rotate-ca begin", "kbootstrap certs status",
    ]
}

extension FrontProxyEvidence {
    /// By the names of its files.
    fileprivate var layout: FrontProxyLayout {
        FrontProxyLayout.all.first { pair.certificate.hasSuffix("/\($0.clientCertificateFile)") } ?? .hardWay
    }
}
