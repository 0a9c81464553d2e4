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

    /// Of a line of a log in JSON, where it is too long.
    static let logFields: KeptFields = [
        "ts": .whole, "level": .whole, "severity": .whole, "v": .whole, "msg": .whole, "err": .whole, "error": .whole,
        "node": .whole,
    ]

    /// Of each of thousands.
    static let node: KeptFields = [
        "metadata": [
            "name": .whole,
            "labels": [
                "type": .whole, "eks.amazonaws.com/compute-type": .whole, "virtual-kubelet.io/provider": .whole,
                "liqo.io/type": .whole,
            ],
        ],
        "spec": ["taints": .each(["key": .whole, "value": .whole])],
        "spec": ["taints": .each(["key": .whole, "effect": .whole])],
        "status": [
            "nodeInfo": ["architecture": .whole, "operatingSystem": .whole],
            "conditions": .conditions, "addresses": .each(["type": .whole, "address": .whole]),
            "daemonEndpoints": .whole,
        ],
    ]
    /// What tells whose it is and what has become of it.
    static let signingRequest: KeptFields = [
        "metadata": ["name": .whole, "creationTimestamp": .whole],
        "spec": ["signerName": .whole, "username": .whole],
        "status": [
            "conditions": .each([
                "type": .whole, "reason": .whole, "message": .whole, "lastTransitionTime": .whole,
                "lastUpdateTime": .whole,
            ]),
            "certificate": .whole,
        ],
    ]
    static let anyPod: KeptFields = [
        "metadata": ["name": .whole, "namespace": .whole, "deletionTimestamp": .whole],
        "status": ["phase": .whole, "startTime": .whole],
    ]
    /// Of up to a page: with what tells why a pod has no metrics.
    static let closePod: KeptFields = [
        "metadata": ["name": .whole, "namespace": .whole, "deletionTimestamp": .whole],
        "spec": ["nodeName": .whole],
        "status": [
            "phase": .whole, "startTime": .whole, "conditions": .conditions,
            "containerStatuses": .each(["name": .whole, "state": containerState]),
        ],
    ]

    private static let containerState: KeptFields = [
        "waiting": ["reason": .whole, "message": .whole],
        "terminated": ["reason": .whole, "exitCode": .whole, "message": .whole, "finishedAt": .whole],
        "running": ["startedAt": .whole],
    ]

    static let backendPod: KeptFields = [
        "metadata": [
            "name": .whole, "namespace": .whole, "creationTimestamp": .whole, "deletionTimestamp": .whole,
            "labels": ["pod-template-hash": .whole],
        ],
        "spec": [
            "nodeName": .whole, "hostNetwork": .whole, "serviceAccountName": .whole, "nodeSelector": .whole,
            "containers": .each([
                "name": .whole, "args": .whole, "command": .whole, "resources": ["limits": ["memory": .whole]],
            ]),
            "initContainers": .each(["name": .whole, "restartPolicy": .whole]),
        ],
        "status": [
            "phase": .whole, "reason": .whole, "message": .whole, "startTime": .whole, "conditions": .conditions,
            "containerStatuses": containerStatuses, "initContainerStatuses": containerStatuses,
        ],
    ]

    private static let containerStatuses = each([
        "name": .whole, "image": .whole, "ready": .whole, "restartCount": .whole,
        "state": containerState, "lastState": containerState,
    ])

    /// What is kept of a value.
    func selected(from value: JSONValue) -> JSONValue {
        switch (self, value) {
        case (.whole, _): value
        case (.fields(let kept), .object(let members)):
            .object(
                kept.reduce(into: [:]) { result, field in
                    if let member = members[field.key] {
                        result[field.key] = field.value.selected(from: member)
                    }
                })
        case (.each(let kept), .array(let items)): .array(items.map { kept.selected(from: $0) })
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
