// SPDX-License-Identifier: Apache-2.0

/// The fields of a kubeconfig that client-go reads, each with the kind of value that it must have (clientcmd/api/v1).
///
/// kubectl refuses the whole file for one value of another kind. Passed over, a token that YAML takes for a number would
/// make the caller anonymous.
struct KubeconfigFields {
    indirect enum Kind: Sendable {
        case anything, text, bool, base64
        case list(of: Kind)
        /// A list of mappings, no two with the same name.
        case named([String: Kind])
        case members([String: Kind])
        /// Any keys, with values of one kind.
        case map(of: Kind)
    }

    private static let cluster: [String: Kind] = [
        "server": .text, "tls-server-name": .text, "insecure-skip-tls-verify": .bool, "certificate-authority": .text,
        "certificate-authority-data": .base64, "proxy-url": .text, "disable-compression": .bool,
        "extensions": extensions,
    ]

    private static let user: [String: Kind] = [
        "client-certificate": .text, "client-certificate-data": .base64, "client-key": .text,
        "client-key-data": .base64, "token": .text, "tokenFile": .text, "username": .text, "password": .text,
        "as": .text, "as-uid": .text, "as-groups": .list(of: .text), "as-user-extra": .map(of: .list(of: .text)),
        "exec": .members(exec), "auth-provider": .members(["name": .text, "config": .map(of: .text)]),
        "extensions": extensions,
    ]

    private static let exec: [String: Kind] = [
        "command": .text, "args": .list(of: .text), "apiVersion": .text, "installHint": .text,
        "env": .list(of: .members(["name": .text, "value": .text])), "provideClusterInfo": .bool,
        "interactiveMode": .text,
    ]

    private static let context: [String: Kind] = [
        "cluster": .text, "user": .text, "namespace": .text, "extensions": extensions,
    ]

    private static let extensions = Kind.named(["name": .text, "extension": .anything])

    private static func named(_ member: String, _ fields: [String: Kind]) -> Kind {
        .named(["name": .text, member: .members(fields)])
    }

    private static let config = Kind.members([
        "kind": .text, "apiVersion": .text, "current-context": .text, "clusters": named("cluster", cluster),
        "users": named("user", user), "contexts": named("context", context), "extensions": extensions,
        "preferences": .members(["colors": .bool, "extensions": extensions]),
    ])

    /// - Throws: for the first field that has a value of another kind; null is the same as no value.
    static func check(_ value: JSONValue, file: String) throws(KubeconfigError) {
        try KubeconfigFields(file: file).check(value, config, "")
    }

    private let file: String

    private func check(_ value: JSONValue, _ kind: Kind, _ path: String) throws(KubeconfigError) {
        switch (kind, value) {
        case (_, .null), (.anything, _), (.text, .string), (.bool, .bool): return
        case (.base64, .string(let text)):
            guard StrictBase64.bytes(text) != nil else {
                throw KubeconfigError(
                    "\(path) in \(file) is not base64",
                    hint: "base64 -w0 FILE   # of the PEM file, or name it in the field without -data")
            }
        case (.list(let kind), .array(let items)):
            for (index, item) in items.enumerated() { try check(item, kind, Self.place(item, index, path)) }
        case (.named(let kinds), .array(let items)):
            var names: Set<String> = []
            for (index, item) in items.enumerated() {
                try check(item, .members(kinds), Self.place(item, index, path))
                // client-go does not look at the names of extensions that hold nothing.
                if kinds["extension"] != nil, item["extension"] == .null { continue }
                guard names.insert(item["name"].string ?? "").inserted else {
                    throw KubeconfigError(
                        "\(path) in \(file) has two entries of one name, at \(Self.place(item, index, path))",
                        hint: "take one of the two out of \(file)")
                }
            }
        case (.map(let kind), .object(let members)):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) { try check(member, kind, "\(path).\(name)") }
        case (.members(let kinds), .object(let members)):
            for (name, kind) in kinds.sorted(by: { $0.key < $1.key }) {
                guard let member = members[name] else { continue }
                try check(member, kind, path.isEmpty ? name : "\(path).\(name)")
            }
        default:
            let isBare = if case .text = kind { value.isScalar } else { false }
            throw KubeconfigError(
                "\(path) in \(file) is \(value.kindInWords), where \(kind.inWords) belongs",
                hint: isBare ? "write it in quotes, in \(file)" : "kubectl config view --kubeconfig \(file)")
        }
    }

    private static func place(_ item: JSONValue, _ index: Int, _ path: String) -> String {
        "\(path)[\(item["name"].string.map { "'\($0)'" } ?? "\(index)")]"
    }
}

extension KubeconfigFields.Kind {
    fileprivate var inWords: String {
        switch self {
        case .anything: "anything"
        case .text, .base64: "a text"
        case .bool: "true or false"
        case .members, .map: "a mapping"
        case .list, .named: "a list"
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
