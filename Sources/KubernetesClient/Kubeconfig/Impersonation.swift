// SPDX-License-Identifier: Apache-2.0

/// On whose behalf requests are made, as kubectl's `--as` options and a user's `as` fields say.
struct Impersonation: Sendable, Equatable {
    var user: String?
    var uid: String?
    var groups: [String] = []
    /// By key; each key has one value or more.
    var extra: [String: [String]] = [:]

    static let none = Impersonation()

    /// The options count before the fields; the extra values of a key replace that key's.
    init(_ user: Kubeconfig.Entry?, _ options: ClusterOptions) throws(KubeconfigError) {
        func texts(_ value: JSONValue) -> [String] { (value.array ?? []).map { $0.string ?? "" } }
        let value = user?.value ?? .null
        self.user = Self.given(options.asUser) ?? Self.given(value["as"].string)
        uid = Self.given(options.asUID) ?? Self.given(value["as-uid"].string)
        groups = options.asGroups.isEmpty ? texts(value["as-groups"]) : options.asGroups
        extra = (value["as-user-extra"].object ?? [:]).mapValues(texts)
        extra.merge(options.asUserExtra) { _, new in new }
        guard self.user != nil || (uid == nil && groups.isEmpty && extra.isEmpty) else {
            throw KubeconfigError(
                "\(user.map { "\($0)" } ?? "the command") impersonates a uid, groups or extra values, and no user",
                hint: "--as USER   # beside --as-uid and --as-group")
        }
    }

    init(user: String? = nil, uid: String? = nil, groups: [String] = [], extra: [String: [String]] = [:]) {
        self.user = user
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    private static func given(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

    /// The request's headers; none without a user.
    var headers: [(name: String, value: String)] {
        guard let user else { return [] }
        var headers = [("Impersonate-User", user)]
        if let uid { headers.append(("Impersonate-Uid", uid)) }
        headers += groups.map { ("Impersonate-Group", $0) }
        for (key, values) in extra.sorted(by: { $0.key < $1.key }) {
            headers += values.map { ("Impersonate-Extra-\(Self.escaped(key))", $0) }
        }
        return headers
    }

    /// As client-go writes a key into a header's name: what no name may hold is percent-encoded.
    private static func escaped(_ key: String) -> String {
        key.utf8.map { byte in
            let isLegal =
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || legal.contains(byte)
            return isLegal
                ? String(UnicodeScalar(byte))
                : "%" + String(byte >> 4, radix: 16, uppercase: true)
                    + String(byte & 15, radix: 16, uppercase: true)
        }.joined()
    }

    /// Of a header's name (RFC 9110, token), without the percent sign that escapes.
    private static let legal = Array("!#$&'*+-.^_`|~".utf8)
}
