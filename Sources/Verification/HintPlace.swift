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
    /// Whether this host's files are known and in order.
    private let holdsGoodPair: Bool

    init(_ evidence: Evidence) {
        namespace = (ServiceTarget(evidence)?.namespace ?? Catalogue.usualNamespace).escapingControls
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
        if finding.code == .clientCertificateRejected, holdsGoodPair {
            return Finding(
                finding.code, finding.summary,
                hint: fit(Self.reading, of: finding.code), patience: Self.reload + Catalogue.probeInterval)
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
        guard namespace != Catalogue.usualNamespace, !Catalogue.ofKubeSystem.contains(code) else { return hint }
        let quoted = ShellWord.quoted(namespace)
        let install = "kbootstrap install-metrics"
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
