// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// The fields of an object that evidence keeps. What is not named here never reaches a file: a list of what may stay
/// forgets nothing, a list of what must go would.
indirect enum KeptFields: Sendable, ExpressibleByDictionaryLiteral {
    /// The value as it is, whatever is in it.
    case whole
    case fields([String: KeptFields])
    case each(KeptFields)

    init(dictionaryLiteral elements: (String, KeptFields)...) {
        self = .fields(Dictionary(elements) { first, _ in first })
    }

    static func items(_ kept: KeptFields) -> KeptFields { ["items": .each(kept)] }

    static let conditions = each([
        "type": .whole, "status": .whole, "reason": .whole, "message": .whole, "lastTransitionTime": .whole,
    ])

    static let measured: KeptFields = [
        "metadata": ["name": .whole, "namespace": .whole], "timestamp": .whole, "window": .whole,
        "usage": .whole, "containers": .each(["name": .whole, "usage": .whole]),
    ]

    private static let containerState: KeptFields = [
        "waiting": ["reason": .whole, "message": .whole],
        "terminated": ["reason": .whole, "exitCode": .whole, "message": .whole],
        "running": ["startedAt": .whole],
    ]

    static let backendPod: KeptFields = [
        "metadata": [
            "name": .whole, "namespace": .whole, "creationTimestamp": .whole, "deletionTimestamp": .whole,
        ],
        "spec": ["nodeName": .whole],
        "status": [
            "phase": .whole, "startTime": .whole, "conditions": .conditions,
            "containerStatuses": .each([
                "name": .whole, "image": .whole, "ready": .whole, "restartCount": .whole,
                "state": containerState, "lastState": containerState,
            ]),
        ],
    ]

    func applied(to value: JSONValue) -> JSONValue {
        switch (self, value) {
        case (.whole, _): value.mapText(\.withoutSecrets)
        case (.fields(let kept), .object(let members)):
            .object(
                kept.reduce(into: [:]) { result, field in
                    if let member = members[field.key] { result[field.key] = field.value.applied(to: member) }
                })
        case (.each(let kept), .array(let items)): .array(items.map { kept.applied(to: $0) })
        default: .null
        }
    }
}

extension JSONValue {
    /// The same value with every text in it changed; keys stay.
    func mapText(_ change: (String) -> String) -> JSONValue {
        switch self {
        case .string(let text): .string(change(text))
        case .array(let items): .array(items.map { $0.mapText(change) })
        case .object(let members): .object(members.mapValues { $0.mapText(change) })
        case .null, .bool, .int, .double: self
        }
    }
}

extension String {
    /// The text without what lets its reader in somewhere: bearer tokens, JSON web tokens, private keys in PEM, names
    /// and passwords in addresses. Servers and logs quote such things now and then.
    var withoutSecrets: String {
        guard utf8.count > 8 else { return self }
        var text = self
        if text.contains("PRIVATE KEY") {
            text = text.replacing(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/) {
                _ in Self.redacted
            }
        }
        if text.contains("eyJ") {
            text = text.replacing(/eyJ[A-Za-z0-9_\-]{6,}\.[A-Za-z0-9_\-]*(\.[A-Za-z0-9_\-]*)?/) { _ in Self.redacted }
        }
        if text.contains("earer ") || text.contains("BEARER ") {
            text = text.replacing(/([Bb]earer|BEARER) +[^ "',;]+/) { match in "\(match.output.1) \(Self.redacted)" }
        }
        if text.contains("@"), text.contains("://") {
            text = text.replacing(/:\/\/[^\/ @"]+@/) { _ in "://\(Self.redacted)@" }
        }
        return text
    }

    private static let redacted = "[redacted]"
}
