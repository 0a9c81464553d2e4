// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

/// Answers that are values of this program's own, read from their JSON once: every claim looks at them.
struct TypedAnswers: Sendable, Equatable {
    private(set) var logs: [BackendLog] = []
    private(set) var apiServers: [APIServerEvidence] = []
    private(set) var unknownUsers: [UnknownUserEvidence] = []
    private(set) var served: [ServedCertificate] = []
    private(set) var frontProxy: FrontProxyEvidence?

    /// An item that cannot be read is left out: evidence may come from anybody.
    mutating func take(_ answer: Answer, to question: Question) {
        switch question {
        case .logs: logs = Self.items(answer)
        case .apiServers: apiServers = Self.items(answer)
        case .unknownUsers: unknownUsers = Self.items(answer)
        case .served: served = Self.items(answer)
        case .frontProxy: frontProxy = answer.object.flatMap { Self.decoded($0) }
        default: break
        }
    }

    /// What a list is as an answer; `notAsked` where it is empty.
    static func list(_ items: [some Encodable]) -> Answer {
        let values = items.compactMap { encoded($0) }
        return values.isEmpty ? .notAsked : .object(["items": .array(values)])
    }

    static func one(_ value: (some Encodable)?) -> Answer {
        value.flatMap { encoded($0) }.map { .object($0) } ?? .notAsked
    }

    private static func items<Item: Decodable>(_ answer: Answer) -> [Item] {
        (answer.object?.items ?? []).compactMap { decoded($0) }
    }

    private static func encoded(_ value: some Encodable) -> JSONValue? {
        (try? JSONEncoder().encode(value)).flatMap { try? JSONValue.parse(Array($0)) }
    }

    private static func decoded<Value: Decodable>(_ value: JSONValue) -> Value? {
        (try? value.serialized()).flatMap { try? JSONDecoder().decode(Value.self, from: Data($0)) }
    }
}
