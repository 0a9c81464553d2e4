// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
internal import KubernetesClient

/// Everything that was asked in one round, and what was answered: all that judging may look at. A table, keyed by
/// question.
public struct Evidence: Sendable, Equatable {
    /// The name of the APIService that was asked for.
    private let askedName: String
    /// When the round began, by this machine's clock, in whole seconds.
    public var askedAt: Date
    private var answers: [Question: Answer] = [:]
    private var typed = TypedAnswers()

    public init(apiServiceName: String, askedAt: Date) {
        askedName = apiServiceName
        self.askedAt = Date(timeIntervalSince1970: askedAt.timeIntervalSince1970.rounded(.down))
    }

    /// The answer to a question; `notAsked` where it did not arise.
    public subscript(_ question: Question) -> Answer {
        get { answers[question] ?? .notAsked }
        set {
            answers[question] = newValue == .notAsked ? nil : newValue
            typed.take(newValue, to: question)
        }
    }

    /// The name of the APIService that is verified: that of metrics is found by its group.
    public var apiServiceName: String { self[.apiService].object?.name ?? askedName }

    // MARK: Lists that are not the API server's objects

    /// What the backend's pods have said; empty where nothing needs explaining.
    public var logs: [BackendLog] {
        get { typed.logs }
        set { self[.logs] = TypedAnswers.list(newValue) }
    }

    /// What each API server said when it was asked by itself; empty where there is only one.
    public var apiServers: [APIServerEvidence] {
        get { typed.apiServers }
        set { self[.apiServers] = TypedAnswers.list(newValue) }
    }

    /// What the backends said to a user that does not exist, asked with this host's front-proxy certificate as
    /// kube-apiserver asks them; empty where that was not tried.
    public var unknownUsers: [UnknownUserEvidence] {
        get { typed.unknownUsers }
        set { self[.unknownUsers] = TypedAnswers.list(newValue) }
    }

    /// What servers of the chain have shown; empty where nobody is to see it, or none was reached from here.
    public var served: [ServedCertificate] {
        get { typed.served }
        set { self[.served] = TypedAnswers.list(newValue) }
    }

    /// The front-proxy files of this host, where they were looked at.
    public var frontProxy: FrontProxyEvidence? {
        get { typed.frontProxy }
        set { self[.frontProxy] = TypedAnswers.one(newValue) }
    }
}

extension Evidence: Codable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        self.init(
            apiServiceName: try members.decode(String.self, forKey: Key("apiServiceName")),
            askedAt: try members.decode(Date.self, forKey: Key("askedAt")))
        for name in Question.allCases {
            self[name] = try members.decodeIfPresent(Answer.self, forKey: Key(name.rawValue)) ?? .notAsked
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Key.self)
        try members.encode(apiServiceName, forKey: Key("apiServiceName"))
        try members.encode(askedAt, forKey: Key("askedAt"))
        for (name, answer) in answers { try members.encode(answer, forKey: Key(name.rawValue)) }
    }
}
