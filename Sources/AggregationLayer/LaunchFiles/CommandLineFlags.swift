// SPDX-License-Identifier: Apache-2.0

/// A flag as kube-apiserver's parser takes it (spf13/pflag).
struct LaunchFlag: Sendable, Equatable {
    /// Without dashes; underscores are dashes, as kube-apiserver takes them.
    let name: String
    let value: String
    /// Where the flag stands.
    let argument: LaunchArgument
    /// Where its value stands, when that is the next argument.
    let valueArgument: LaunchArgument?

    var isList: Bool { APIServerFlagTable.lists.contains(name) }
}

/// kube-apiserver's flags among arguments, in order.
struct CommandLineFlags: Sendable {
    let flags: [LaunchFlag]
    /// What the launcher sets by itself where the file says nothing.
    let implied: [String: String]

    /// Of a program that is started directly.
    init(arguments: [LaunchArgument]) {
        flags = Self.parse(arguments)
        implied = [:]
    }

    init(_ file: LaunchFile) {
        flags = Self.parse(file.arguments)
        implied = Dictionary(file.format.implied.map { ($0.name, $0.value) }) { first, _ in first }
    }

    func all(_ name: String) -> [LaunchFlag] { flags.filter { $0.name == name } }

    /// The value that counts: the last one, or the launcher's own.
    func value(_ name: String) -> String? { flags.last { $0.name == name }?.value ?? implied[name] }

    func isSet(_ name: String) -> Bool { value(name) != nil }

    /// The values of a list flag, all its occurrences together; nil when it is not set. pflag reads each as CSV.
    ///
    /// - Returns: nil too where the CSV is broken, which kube-apiserver refuses.
    func list(_ name: String) -> [String]? {
        let given = all(name).map(\.value)
        let values = given.isEmpty ? implied[name].map { [$0] } : given
        guard let values else { return nil }
        var result: [String] = []
        for value in values {
            guard let fields = Self.commaSeparated(value) else { return nil }
            result += fields
        }
        return result
    }

    private static func parse(_ arguments: [LaunchArgument]) -> [LaunchFlag] {
        var flags: [LaunchFlag] = []
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            if argument.text == "--" { break }
            guard argument.text.hasPrefix("-"), argument.text != "-" else { continue }
            let body = argument.text.drop { $0 == "-" }
            let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.first.map(String.init)?.replacing("_", with: "-") ?? ""
            guard !name.isEmpty else { continue }
            if parts.count == 2 {
                flags.append(
                    LaunchFlag(name: name, value: String(parts[1]), argument: argument, valueArgument: nil))
            } else if APIServerFlagTable.booleans.contains(name) || index >= arguments.count {
                flags.append(LaunchFlag(name: name, value: "true", argument: argument, valueArgument: nil))
            } else {
                flags.append(
                    LaunchFlag(
                        name: name, value: arguments[index].text, argument: argument,
                        valueArgument: arguments[index]))
                index += 1
            }
        }
        return flags
    }

    /// One record of CSV as Go's encoding/csv reads it; nil for a quote where none may be.
    static func commaSeparated(_ text: String) -> [String]? {
        guard !text.isEmpty else { return [] }
        var fields: [String] = []
        var rest = Substring(text)
        while true {
            if rest.first == "\"" {
                rest = rest.dropFirst()
                var field = ""
                while true {
                    guard let quote = rest.firstIndex(of: "\"") else { return nil }
                    field += rest[..<quote]
                    rest = rest[rest.index(after: quote)...]
                    guard rest.first == "\"" else { break }
                    field += "\""
                    rest = rest.dropFirst()
                }
                fields.append(field)
                guard let next = rest.first else { return fields }
                guard next == "," else { return nil }
                rest = rest.dropFirst()
            } else {
                let field = rest.prefix { $0 != "," }
                guard !field.contains("\"") else { return nil }
                fields.append(String(field))
                rest = rest[field.endIndex...]
                guard !rest.isEmpty else { return fields }
                rest = rest.dropFirst()
            }
        }
    }
}
