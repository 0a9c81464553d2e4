// SPDX-License-Identifier: Apache-2.0

/// An object as it is meant to be, compared with the object as it is.
struct Intention {
    private let intended: JSONValue

    init(_ intended: JSONValue) { self.intended = intended }

    /// Whether every intended field has its value, and `manager` owns no field beyond the intended ones.
    func isMet(by live: JSONValue, manager: String) -> Bool {
        Self.holds(intended, in: live) && ownsNothingElse(live, manager)
    }

    /// Whether `live` has all of `intended`. Lists must be equal in length and order, those of named things too: an
    /// apply keeps the order that it is given. Where others have put something between, a write comes to nothing new.
    static func holds(_ intended: JSONValue, in live: JSONValue) -> Bool {
        switch (intended, live) {
        case (.object(let wanted), .object(let present)):
            return wanted.allSatisfy { key, value in present[key].map { holds(value, in: $0) } ?? false }
        case (.array(let wanted), .array(let present)):
            return wanted.count == present.count && zip(wanted, present).allSatisfy { holds($0, in: $1) }
        case (.object(let wanted), .null): return wanted.isEmpty
        default: return intended == live
        }
    }

    private func ownsNothingElse(_ live: JSONValue, _ manager: String) -> Bool {
        let entries = live["metadata"]["managedFields"].array ?? []
        return entries.filter { $0["manager"].string == manager && $0["operation"].string == "Apply" }
            .allSatisfy { Self.covers(intended, fields: $0["fieldsV1"]) }
    }

    /// Whether each field of a FieldsV1 set (`f:name`, `k:{…}` for an item of a list by its keys) is intended.
    private static func covers(_ intended: JSONValue, fields: JSONValue) -> Bool {
        (fields.object ?? [:]).allSatisfy { key, rest in
            if key.hasPrefix("f:") {
                let value = intended[String(key.dropFirst(2))]
                return value != .null && covers(value, fields: rest)
            }
            if key.hasPrefix("k:"), let keys = try? JSONValue.parse(Array(key.dropFirst(2).utf8)),
                let item = intended.array?.first(where: { item in isNamed(item, by: keys) })
            {
                return covers(item, fields: rest)
            }
            // `.` is the field itself, `v:` a value of a set, which `holds` has compared.
            return key == "." || key.hasPrefix("v:")
        }
    }

    /// Whether a list's item has these keys; a defaulted key, such as a port's protocol, need not be intended.
    private static func isNamed(_ item: JSONValue, by keys: JSONValue) -> Bool {
        (keys.object ?? [:]).allSatisfy { name, value in item[name] == value || item[name] == .null }
    }
}
