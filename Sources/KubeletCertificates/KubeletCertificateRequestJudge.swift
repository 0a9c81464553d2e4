// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import KubernetesClient
public import PKI

/// What a request came to.
public struct KubeletCertificateRequestVerdict: Sendable, Equatable {
    public let request: KubeletCertificateRequest
    /// The Node that its maker is; nil where that is no node's user.
    public let node: String?
    /// What the certificate would name; empty where the request cannot be read.
    public let names: [SubjectAlternativeName]
    /// Why it must not be approved, or was not: a sentence each, none where it may be or is.
    public let reasons: [String]

    public var isGood: Bool { reasons.isEmpty }
    /// Whether it waits for us, and may have what it waits for.
    public var isApprovable: Bool { isGood && request.state == .pending }

    /// What to do about requests that are decided and brought no certificate.
    public static func steps(_ verdicts: [KubeletCertificateRequestVerdict], now: Date = Date()) -> [KubeletAdvice] {
        KubeletAdvice.steps(
            for: verdicts.filter { ![.pending, .issued].contains($0.request.state) }
                .map { ($0.node ?? $0.request.username, KubeletRequestState($0.request, now: now)) })
    }
}

/// Judges kubelets' requests for serving certificates against the Nodes and the operator's bounds.
///
/// The signer kubernetes.io/kubelet-serving checks the request's form, and nobody checks its names: Kubernetes leaves
/// that to whoever approves (kube-controller-manager, pkg/controller/certificates/approver).
public struct KubeletCertificateRequestJudge: Sendable {
    private let nodes: [String: KubeletNode]
    private let bounds: KubeletCertificateNameBounds

    /// - Parameter nodes: all of the cluster.
    public init(nodes: [KubeletNode], bounds: KubeletCertificateNameBounds) {
        self.nodes = Dictionary(nodes.map { ($0.name, $0) }) { first, _ in first }
        self.bounds = bounds
    }

    private static let userPrefix = "system:node:"
    private static let group = "system:nodes"
    private static let allowedUsages: Set = ["digital signature", "key encipherment", "server auth"]

    public func judge(_ request: KubeletCertificateRequest) -> KubeletCertificateRequestVerdict {
        let isNode = request.username.hasPrefix(Self.userPrefix)
        let name = isNode ? String(request.username.dropFirst(Self.userPrefix.count)) : nil
        let node = name.flatMap { nodes[$0] }
        var reasons: [String] = []
        if request.signer != KubeletCertificateRequest.signer {
            reasons.append(
                "it is for the signer \(request.signer.quotedLine), not \(KubeletCertificateRequest.signer)")
        }
        guard request.state == .pending else { return decided(request, name, reasons) }
        if name == nil {
            reasons.append("its maker \(request.username.quotedLine) is no node")
        } else if node == nil {
            reasons.append("there is no Node \((name ?? "").quotedLine)")
        }
        if !request.groups.contains(Self.group) { reasons.append("its maker is not in the group \(Self.group)") }
        reasons += objections(toUsages: request.usages)
        do throws(OpenSSLError) {
            let asked = try request.certificateRequest()
            reasons += objections(to: asked, from: request.username)
            if let node { reasons += bounds.objections(to: asked.subjectAlternativeNames, of: node) }
            return KubeletCertificateRequestVerdict(
                request: request, node: name, names: asked.subjectAlternativeNames, reasons: reasons)
        } catch {
            // OpenSSL does not always say why.
            let why = error.reasons.isEmpty ? "it is malformed" : error.reasons.joined(separator: "; ").shortLine
            reasons.append("the request cannot be read: \(why)")
            return KubeletCertificateRequestVerdict(request: request, node: name, names: [], reasons: reasons)
        }
    }

    /// What is decided is not judged again: nobody can take it back.
    private func decided(
        _ request: KubeletCertificateRequest, _ node: String?, _ reasons: [String]
    ) -> KubeletCertificateRequestVerdict {
        let names = (try? request.certificateRequest())?.subjectAlternativeNames ?? []
        let why = request.decisionWords
        let fact: String? =
            switch request.state {
            case .pending, .approved, .issued: nil
            case .denied: "it is denied"
            case .failed: "the signer refused it"
            }
        let facts = fact.map { [why.isEmpty ? $0 : "\($0) (\(why))"] } ?? []
        return KubeletCertificateRequestVerdict(request: request, node: node, names: names, reasons: reasons + facts)
    }

    private func objections(toUsages usages: [String]) -> [String] {
        let other = usages.filter { !Self.allowedUsages.contains($0) }
        return (usages.contains("server auth") ? [] : ["it does not ask for the usage 'server auth'"])
            + (other.isEmpty
                ? [] : ["a kubelet serves with no usage \(other.map(\.quotedLine).joined(separator: ", "))"])
    }

    private func objections(to asked: CertificateRequest, from username: String) -> [String] {
        var reasons: [String] = []
        // Byte for byte: to Swift, texts of other bytes can be the same.
        if !(asked.commonName ?? "").utf8.elementsEqual(username.utf8) {
            reasons.append("its common name is \((asked.commonName ?? "").quotedLine), not its maker's")
        }
        if asked.organizations.map({ Array($0.utf8) }) != [Array(Self.group.utf8)] {
            let found = asked.organizations.map(\.quotedLine).joined(separator: ", ")
            reasons.append("its organization is \(found.isEmpty ? "missing" : found), not just '\(Self.group)'")
        }
        if asked.subjectAttributeCount > 1 + asked.organizations.count {
            reasons.append("its subject holds more than an organization and a common name")
        }
        if let weakness = asked.keyWeakness { reasons.append(weakness) }
        if asked.asksForAuthority { reasons.append("it asks for a CA's certificate") }
        let uses = asked.extendedKeyUsages.filter { $0 != .serverAuth }
        if !uses.isEmpty {
            reasons.append("the request itself asks for \(uses.map(\.description).joined(separator: ", "))")
        }
        return reasons
    }
}

extension KubeletCertificateRequestJudge {
    /// Reads the Nodes and what is reserved, and judges by them.
    ///
    /// - Throws: where anything cannot be read: what is not known cannot be kept out.
    public static func of(
        _ client: APIClient, _ connection: ClusterConnection, limits: KubeletCertificateNameLimits
    ) async throws(APIError) -> KubeletCertificateRequestJudge {
        let nodes = try await KubeletNode.listed(client)
        let reserved = try await ReservedNames.of(client, connection, limits: limits)
        return KubeletCertificateRequestJudge(
            nodes: nodes,
            bounds: KubeletCertificateNameBounds(
                allowedNetworks: limits.networks, allowedSuffixes: limits.suffixes, nodes: nodes, reserved: reserved))
    }
}

/// What the operator says about Nodes, because nobody else can.
public struct KubeletCertificateNameLimits: Sendable {
    /// `--allow-cidr`.
    public var networks: [IPNetwork]
    /// `--allow-dns-suffix`.
    public var suffixes: [String]
    /// `--control-plane-node`: Nodes that may carry an API server's address, because one runs on their host.
    public var controlPlaneNodes: Set<String>
    /// `--reserve`: what no Node may carry.
    public var reserved: [SubjectAlternativeName]

    public init(
        networks: [IPNetwork] = [], suffixes: [String] = [], controlPlaneNodes: Set<String> = [],
        reserved: [SubjectAlternativeName] = []
    ) {
        self.networks = networks
        self.suffixes = suffixes
        self.controlPlaneNodes = controlPlaneNodes
        self.reserved = reserved
    }
}
