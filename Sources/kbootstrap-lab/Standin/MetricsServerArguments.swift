// SPDX-License-Identifier: Apache-2.0

/// metrics-server's command line, read and refused as upstream reads and refuses it.
struct MetricsServerArguments: Sendable {
    struct Refused: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// By flag; lists are split at their commas.
    private var values: [String: [String]] = [:]
    let release: StandinRelease

    /// - Parameter words: without the program's name.
    init(_ words: [String], release: StandinRelease) throws(Refused) {
        self.release = release
        let flags = MetricsServerFlags.known(to: release)
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" { break }
            guard word.hasPrefix("-"), word != "-" else { continue }
            let isLong = word.hasPrefix("--")
            let sides = word.drop { $0 == "-" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = sides.first.map(String.init) ?? ""
            var value = sides.count > 1 ? String(sides[1]) : nil
            let flag: MetricsServerFlags.Flag
            if isLong {
                guard let found = flags.first(where: { $0.name == name }) else {
                    throw Refused(description: "unknown flag: --\(name)")
                }
                flag = found
            } else {
                guard let letter = name.first, let found = flags.first(where: { $0.shorthand == letter }) else {
                    throw Refused(description: "unknown shorthand flag: '\(name.prefix(1))' in \(word)")
                }
                flag = found
                if value == nil, name.count > 1 { value = String(name.dropFirst()) }
            }
            if value == nil, flag.kind == .bool { value = "true" }
            if value == nil { value = rest.popFirst() }
            guard let value else {
                throw Refused(
                    description: "flag needs an argument: \(isLong ? "--\(name)" : "'\(name)' in \(word)")")
            }
            try check(value, flag)
            let parts = flag.kind == .list ? value.split(separator: ",").map(String.init) : [value]
            values[flag.name] = flag.kind == .list ? (values[flag.name] ?? []) + parts : parts
        }
        if !asksForHelp && !asksForVersion { try validate() }
    }

    private func check(_ value: String, _ flag: MetricsServerFlags.Flag) throws(Refused) {
        let problem: String? =
            switch flag.kind {
            case .text, .list: nil
            case .bool:
                ["true", "false", "1", "0", "t", "f", "T", "F", "TRUE", "FALSE", "True", "False"].contains(value)
                    ? nil : "strconv.ParseBool: parsing \(value.quotedAsInGo): invalid syntax"
            case .integer: Int(value) == nil ? "strconv.ParseInt: parsing \(value.quotedAsInGo): invalid syntax" : nil
            case .duration: GoDuration.parse(value) == nil ? "time: invalid duration \(value.quotedAsInGo)" : nil
            }
        guard let problem else { return }
        let name = (flag.shorthand.map { "-\($0), " } ?? "") + "--\(flag.name)"
        throw Refused(description: "invalid argument \(value.quotedAsInGo) for \(name.quotedAsInGo) flag: \(problem)")
    }

    /// The first complaint of upstream's validation, which is all that it tells.
    private func validate() throws(Refused) {
        if kubeletCertificateAuthority != nil, kubeletInsecureTLS {
            throw Refused(description: "cannot use both --kubelet-certificate-authority and --kubelet-insecure-tls")
        }
        if (text("kubelet-client-key") != nil) != (text("kubelet-client-certificate") != nil) {
            throw Refused(description: "need both --kubelet-client-key and --kubelet-client-certificate")
        }
        if release.tellsScrapeTimeouts, kubeletRequestTimeout <= .zero {
            throw Refused(description: "kubelet-request-timeout should be positive")
        }
        if metricResolution < .seconds(10) {
            throw Refused(
                description: "metric-resolution should be a time duration at least 10s, but value "
                    + "\(GoDuration.text(metricResolution)) provided")
        }
        if release.tellsScrapeTimeouts, metricResolution * 9 / 10 < kubeletRequestTimeout {
            throw Refused(
                description: "metric-resolution should be larger than kubelet-request-timeout, but "
                    + "metric-resolution value \(GoDuration.text(metricResolution)) kubelet-request-timeout value "
                    + "\(GoDuration.text(kubeletRequestTimeout)) provided")
        }
    }
}

extension MetricsServerArguments {
    var asksForHelp: Bool { bool("help") }
    var asksForVersion: Bool { bool("version") }
    var kubeconfig: String? { text("kubeconfig") }
    var reviewKubeconfig: String? { text("authentication-kubeconfig") ?? text("authorization-kubeconfig") }
    var bindAddress: String { text("bind-address") ?? "0.0.0.0" }
    var securePort: Int { integer("secure-port") ?? 443 }
    var certificateDirectory: String { text("cert-dir") ?? "apiserver.local.config/certificates" }
    var tlsCertificateFile: String? { text("tls-cert-file") }
    var tlsPrivateKeyFile: String? { text("tls-private-key-file") }
    var skipsLookup: Bool { bool("authentication-skip-lookup") }
    var toleratesLookupFailure: Bool { bool("authentication-tolerate-lookup-failure") }
    var kubeletInsecureTLS: Bool { bool("kubelet-insecure-tls") }
    var kubeletCertificateAuthority: String? { text("kubelet-certificate-authority") }
    var kubeletClientCertificate: String? { text("kubelet-client-certificate") }
    var kubeletClientKey: String? { text("kubelet-client-key") }
    var kubeletUsesNodeStatusPort: Bool { bool("kubelet-use-node-status-port") }
    var kubeletPort: Int { integer("kubelet-port") ?? 10250 }
    var nodeSelector: String? { text("node-selector") }
    var verbosity: Int { integer("v") ?? 0 }
    var metricResolution: Duration { text("metric-resolution").flatMap { GoDuration.parse($0) } ?? .seconds(60) }

    /// Before 0.7 there was no such flag: nine tenths of the resolution.
    var kubeletRequestTimeout: Duration {
        guard release.tellsScrapeTimeouts else { return metricResolution * 9 / 10 }
        return text("kubelet-request-timeout").flatMap { GoDuration.parse($0) } ?? .seconds(10)
    }

    var kubeletPreferredAddressTypes: [String] {
        values["kubelet-preferred-address-types"]
            ?? ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"]
    }

    private func text(_ name: String) -> String? { values[name]?.last.flatMap { $0.isEmpty ? nil : $0 } }
    private func integer(_ name: String) -> Int? { text(name).flatMap { Int($0) } }
    private func bool(_ name: String) -> Bool {
        text(name).map { ["true", "1", "t"].contains($0.lowercased()) } ?? false
    }
}
