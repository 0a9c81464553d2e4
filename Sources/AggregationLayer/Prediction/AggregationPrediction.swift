// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import PKI

/// What will come of a launch file, computed from it and the files that it names: nothing is started, nothing is asked.
public struct AggregationPrediction: Sendable {
    /// Why kube-apiserver does not start; nil where nothing of the aggregation flags stops it.
    public let startFailure: String?
    /// What an aggregated server makes of its requests; nil where it does not start.
    public let verdict: AuthenticatorVerdict?
    /// What kube-apiserver shows, leaf first.
    public let shown: [Certificate]
    /// What an aggregated server reads.
    public let trust: RequestHeaderTrust
    /// Where the two come from, for the reader.
    public let certificatePath: String?
    public let authorityPath: String?

    /// - Parameters:
    ///   - file: the launch file.
    ///   - published: what the cluster publishes already; kube-apiserver adds to it.
    ///   - root: the folder that stands for `/` when certificates are looked at.
    public init(
        _ file: LaunchFile, published: RequestHeaderTrust = RequestHeaderTrust(), root: String = "/", now: Date = Date()
    ) {
        let flags = CommandLineFlags(file)
        let credentials = LaunchCredentials(file: file, flags: flags, host: HostFiles(root: root))
        certificatePath = credentials.clientCertificate?.path
        authorityPath = credentials.requestHeaderCA?.path
        trust = published.adding(RequestHeaderTrust(flags, credentials, at: now))
        // One without the other is passed over (kube-apiserver, cmd/kube-apiserver/app/aggregator.go).
        let showsCertificate = credentials.clientCertificate != nil && credentials.clientKey != nil
        shown = showsCertificate ? credentials.clientCertificate?.certificates ?? [] : []
        startFailure = Self.startFailure(flags, credentials, showsCertificate: showsCertificate)
        verdict = startFailure == nil ? AuthenticatorVerdict(chain: shown, trust: trust, at: now) : nil
    }

    /// What kube-apiserver 1.20 was seen to end at, with these flags.
    private static func startFailure(
        _ flags: CommandLineFlags, _ credentials: LaunchCredentials, showsCertificate: Bool
    ) -> String? {
        if let fault = flags.faults.first { return fault.message }
        for name in APIServerFlagTable.requestHeaderLists {
            if let flag = flags.all(name).first(where: { CommandLineFlags.commaSeparated($0.value) == nil }) {
                return "--\(name)=\(flag.value) has a quote where none may be"
            }
        }
        for (name, file) in [
            ("requestheader-client-ca-file", credentials.requestHeaderCA), ("client-ca-file", credentials.clientCA),
        ] {
            if let file, let problem = file.problem(wants: "certificates") { return "--\(name): \(problem)" }
        }
        guard showsCertificate, let certificate = credentials.clientCertificate, let key = credentials.clientKey else {
            return nil
        }
        if let problem = certificate.problem(wants: "certificates") { return "--proxy-client-cert-file: \(problem)" }
        guard case .key(_, _, let fingerprint) = key.content else {
            return "--proxy-client-key-file: " + (key.problem(wants: "a key") ?? "\(key.path) holds no private key")
        }
        guard certificate.certificates.first?.publicKeyFingerprint == fingerprint else {
            return "\(key.path) is not the key of \(certificate.path)"
        }
        return nil
    }
}

extension LaunchCredentials.File {
    /// Why the program cannot load what it needs from the file.
    fileprivate func problem(wants: String) -> String? {
        switch content {
        case .certificates: wants == "certificates" ? nil : "\(path) holds a certificate, not \(wants)"
        case .key: wants == "certificates" ? "\(path) holds a private key, not \(wants)" : nil
        case .missing: "there is no file \(hostPath)"
        case .unreadable(let reason): reason
        case .notMounted: "no volume of the pod holds \(path)"
        }
    }
}
