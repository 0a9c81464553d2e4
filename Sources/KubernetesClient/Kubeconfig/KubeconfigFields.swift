// SPDX-License-Identifier: Apache-2.0

/// The fields of a kubeconfig that count, each with the kind of value that it must have (client-go, clientcmd/api/v1).
///
/// kubectl refuses the whole file for one value of another kind. Passed over, a token that YAML takes for a number would
/// make the caller anonymous.
struct KubeconfigFields {
    indirect enum Kind: Sendable {
        case text, bool, mapping
        case list(of: Kind)
        case members([String: Kind])
    }

    private static let cluster: [String: Kind] = [
        "server": .text, "tls-server-name": .text, "insecure-skip-tls-verify": .bool, "certificate-authority": .text,
        "certificate-authority-data": .text, "proxy-url": .text,
    ]

    private static let user: [String: Kind] = [
        "client-certificate": .text, "client-certificate-data": .text, "client-key": .text, "client-key-data": .text,
        "token": .text, "tokenFile": .text, "username": .text, "password": .text, "as": .text,
        "as-groups": .list(of: .text), "exec": .members(exec), "auth-provider": .mapping,
    ]

    private static let exec: [String: Kind] = [
        "command": .text, "args": .list(of: .text), "apiVersion": .text, "installHint": .text,
        "env": .list(of: .members(["name": .text, "value": .text])), "provideClusterInfo": .bool,
    ]

    private static let context: [String: Kind] = ["cluster": .text, "user": .text, "namespace": .text]

    private static func named(_ member: String, _ fields: [String: Kind]) -> Kind {
        .list(of: .members(["name": .text, member: .members(fields)]))
    }

    private static let config = Kind.members([
        "kind": .text, "current-context": .text, "clusters": named("cluster", cluster), "users": named("user", user),
        "contexts": named("context", context),
    ])

    /// - Throws: for the first field that has a value of another kind; null is the same as no value.
    static func check(_ value: JSONValue, file: String) throws(KubeconfigError) {
        try check(value, config, "", file)
    }

    private static func check(
        _ value: JSONValue, _ kind: Kind, _ path: String, _ file: String
    ) throws(KubeconfigError) {
        switch (kind, value) {
        case (_, .null), (.text, .string), (.bool, .bool), (.mapping, .object): return
        case (.list(let kind), .array(let items)):
            for (index, item) in items.enumerated() {
                let place = item["name"].string.map { "'\($0)'" } ?? "\(index)"
                try check(item, kind, "\(path)[\(place)]", file)
            }
        case (.members(let kinds), .object(let members)):
            for (name, kind) in kinds.sorted(by: { $0.key < $1.key }) {
                guard let member = members[name] else { continue }
                try check(member, kind, path.isEmpty ? name : "\(path).\(name)", file)
            }
        default:
            let isBare = if case .text = kind { value.isScalar } else { false }
            throw KubeconfigError(
                "\(path) in \(file) is \(value.kindInWords), where \(kind.inWords) belongs",
                hint: isBare ? "write it in quotes, in \(file)" : "kubectl config view --kubeconfig \(file)")
        }
    }
}

extension KubeconfigFields.Kind {
    fileprivate var inWords: String {
        switch self {
        case .text: "a text"
        case .bool: "true or false"
        case .mapping, .members: "a mapping"
        case .list: "a list"
        }
    }
}

extension JSONValue {
    fileprivate var kindInWords: String {
        switch self {
        case .null: "nothing"
        case .bool: "true or false"
        case .int, .double: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "a mapping"
        }
    }

    fileprivate var isScalar: Bool {
        switch self {
        case .bool, .int, .double: true
        case .null, .string, .array, .object: false
        }
    }
}
