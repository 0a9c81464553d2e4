// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient
internal import PKI

extension Evidence {
    /// One answer: its name in a document, where it is held, and what of its object judging looks at.
    private struct Field: Sendable {
        let name: String
        let path: any WritableKeyPath<Evidence, Answer> & Sendable
        let kept: KeptFields
    }

    /// A check that looks at more has to add it here; the replayed verdict would differ otherwise.
    private static let answers = [
        Field(name: "version", path: \.version, kept: ["gitVersion": .whole, "major": .whole, "minor": .whole]),
        Field(
            name: "authentication", path: \.authentication,
            kept: [
                "data": [
                    "client-ca-file": .whole, "requestheader-client-ca-file": .whole,
                    "requestheader-allowed-names": .whole, "requestheader-username-headers": .whole,
                    "requestheader-group-headers": .whole, "requestheader-extra-headers-prefix": .whole,
                ]
            ]),
        Field(
            name: "apiService", path: \.apiService,
            kept: [
                "metadata": ["name": .whole],
                "spec": [
                    "group": .whole, "version": .whole, "caBundle": .whole, "insecureSkipTLSVerify": .whole,
                    "service": ["name": .whole, "namespace": .whole, "port": .whole],
                ],
                "status": ["conditions": .conditions],
            ]),
        Field(
            name: "service", path: \.service,
            kept: ["spec": ["ports": .whole, "selector": .whole, "type": .whole, "clusterIP": .whole]]),
        Field(
            name: "endpoints", path: \.endpoints,
            kept: [
                "subsets": .each([
                    "addresses": .each(["ip": .whole]), "notReadyAddresses": .each(["ip": .whole]), "ports": .whole,
                ])
            ]),
        Field(name: "pods", path: \.pods, kept: .items(.backendPod)),
        Field(
            name: "deployment", path: \.deployment,
            kept: ["spec": ["replicas": .whole, "template": ["metadata": ["labels": .whole]]]]),
        Field(
            name: "discovery", path: \.discovery, kept: ["resources": .each(["name": .whole, "verbs": .whole])]),
        Field(name: "access", path: \.access, kept: ["status": ["allowed": .whole]]),
        Field(name: "caller", path: \.caller, kept: ["status": ["userInfo": ["username": .whole]]]),
        Field(name: "reading", path: \.reading, kept: .items(.measured)),
        Field(name: "podMetrics", path: \.podMetrics, kept: .items(.measured)),
        Field(name: "nodes", path: \.nodes, kept: .items(.node)),
        Field(name: "allPods", path: \.allPods, kept: .items(.closePod)),
        Field(
            name: "autoscalers", path: \.autoscalers,
            kept: .items(["metadata": ["name": .whole, "namespace": .whole], "status": ["conditions": .conditions]])),
        Field(
            name: "apiServerEndpoints", path: \.apiServerEndpoints,
            kept: ["subsets": .each(["addresses": .each(["ip": .whole]), "ports": .whole])]),
        Field(
            name: "events", path: \.events,
            kept: .items([
                "reason": .whole, "message": .whole, "lastTimestamp": .whole,
                "involvedObject": ["kind": .whole, "name": .whole],
            ])),
    ]

    private static func certificatesOnly(_ pem: String) -> String? {
        try? Certificate.read(pem: Array(pem.utf8)).map(\.pem).joined()
    }

    /// The evidence as others may see it: no field that judging does not look at, no secret in those that it does.
    /// Names and addresses stay: verdicts name them.
    public var redacted: Evidence {
        var redacted = self
        for field in Self.answers {
            redacted[keyPath: field.path] = self[keyPath: field.path].keeping(field.kept)
        }
        redacted.readingPath = readingPath.withoutSecrets
        redacted.frontProxy = frontProxy.map { files in
            FrontProxyEvidence(
                directory: files.directory,
                // Read and written anew: a file may hold its key too.
                clientCertificate: files.clientCertificate.flatMap(Self.certificatesOnly),
                authorities: files.authorities.flatMap(Self.certificatesOnly),
                problems: files.problems.map(\.withoutSecrets), pair: files.pair)
        }
        redacted.strangers = strangers.map { one in
            let answer: Backends.Answer =
                switch one.answer {
                case .status(let code, let message): .status(code, message: message.withoutSecrets)
                case .unreachable(let failure, let why): .unreachable(failure, why.withoutSecrets)
                }
            return StrangerEvidence(backend: one.backend, isClusterIP: one.isClusterIP, answer: answer)
        }
        redacted.apiServers = apiServers.map(\.redacted)
        redacted.logs = logs.map { log in
            BackendLog(
                pod: log.pod, lines: log.lines.map(\.withoutSecrets), problem: log.problem.map(\.withoutSecrets))
        }
        return redacted
    }
}

extension Evidence: Codable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Name.self)
        self.init(
            apiServiceName: try members.decode(String.self, forKey: Name("apiServiceName")),
            askedAt: try members.decode(Date.self, forKey: Name("askedAt")))
        for field in Self.answers {
            self[keyPath: field.path] = try members.decodeIfPresent(Answer.self, forKey: Name(field.name)) ?? .notAsked
        }
        readingPath = try members.decodeIfPresent(String.self, forKey: Name("readingPath")) ?? ""
        frontProxy = try members.decodeIfPresent(FrontProxyEvidence.self, forKey: Name("frontProxy"))
        strangers = try members.decodeIfPresent([StrangerEvidence].self, forKey: Name("strangers")) ?? []
        apiServers = try members.decodeIfPresent([APIServerEvidence].self, forKey: Name("apiServers")) ?? []
        served = try members.decodeIfPresent([ServedCertificate].self, forKey: Name("served")) ?? []
        logs = try members.decodeIfPresent([BackendLog].self, forKey: Name("logs")) ?? []
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Name.self)
        try members.encode(apiServiceName, forKey: Name("apiServiceName"))
        try members.encode(askedAt, forKey: Name("askedAt"))
        for field in Self.answers where self[keyPath: field.path] != .notAsked {
            try members.encode(self[keyPath: field.path], forKey: Name(field.name))
        }
        if !readingPath.isEmpty { try members.encode(readingPath, forKey: Name("readingPath")) }
        try members.encodeIfPresent(frontProxy, forKey: Name("frontProxy"))
        if !strangers.isEmpty { try members.encode(strangers, forKey: Name("strangers")) }
        if !apiServers.isEmpty { try members.encode(apiServers, forKey: Name("apiServers")) }
        if !served.isEmpty { try members.encode(served, forKey: Name("served")) }
        if !logs.isEmpty { try members.encode(logs, forKey: Name("logs")) }
    }
}

extension Answer: Codable {
    private enum Kind: String, CodingKey { case object, refused, unanswered }

    private struct Refusal: Codable {
        let code: Int
        let message: String
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Kind.self)
        if let object = try members.decodeIfPresent(JSONValue.self, forKey: .object) {
            self = .object(object)
        } else if let refusal = try members.decodeIfPresent(Refusal.self, forKey: .refused) {
            self = .refused(code: refusal.code, message: refusal.message)
        } else {
            self = .unanswered(try members.decode(Finding.self, forKey: .unanswered))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Kind.self)
        switch self {
        case .object(let object): try members.encode(object, forKey: .object)
        case .refused(let code, let message):
            try members.encode(Refusal(code: code, message: message), forKey: .refused)
        case .unanswered(let finding): try members.encode(finding, forKey: .unanswered)
        case .notAsked: break
        }
    }

    func keeping(_ kept: KeptFields) -> Answer {
        switch self {
        case .object(let object): .object(kept.applied(to: object))
        case .refused(let code, let message): .refused(code: code, message: message.withoutSecrets)
        case .unanswered(let finding):
            .unanswered(
                Finding(
                    finding.code, finding.summary.withoutSecrets, hint: finding.hint.withoutSecrets,
                    patience: finding.patience))
        case .notAsked: .notAsked
        }
    }
}

extension StrangerEvidence: Codable {
    private enum Key: String, CodingKey { case backend, isClusterIP, status, message, failure, unreachable }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        let answer: Backends.Answer =
            if let why = try members.decodeIfPresent(String.self, forKey: .unreachable) {
                .unreachable(try members.decodeIfPresent(Backends.Failure.self, forKey: .failure) ?? .other, why)
            } else {
                .status(
                    try members.decode(Int.self, forKey: .status),
                    message: try members.decode(String.self, forKey: .message))
            }
        self.init(
            backend: try members.decode(String.self, forKey: .backend),
            isClusterIP: try members.decodeIfPresent(Bool.self, forKey: .isClusterIP) ?? false, answer: answer)
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Key.self)
        try members.encode(backend, forKey: .backend)
        if isClusterIP { try members.encode(true, forKey: .isClusterIP) }
        switch answer {
        case .status(let code, let message):
            try members.encode(code, forKey: .status)
            try members.encode(message, forKey: .message)
        case .unreachable(let failure, let why):
            try members.encode(failure, forKey: .failure)
            try members.encode(why, forKey: .unreachable)
        }
    }
}
