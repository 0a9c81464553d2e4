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

/// A word that makes kube-apiserver refuse to start.
struct LaunchFlagFault: Sendable, Equatable {
    let argument: LaunchArgument
    let message: String
    let hint: String?
    /// Whether the flag is taken, and only its value is refused.
    let isValue: Bool
}

/// kube-apiserver's flags among arguments, in order.
struct CommandLineFlags: Sendable {
    let flags: [LaunchFlag]
    /// The words that kube-apiserver's parser refuses: it does not start with them.
    let faults: [LaunchFlagFault]
    /// What the launcher sets by itself where the file says nothing.
    let implied: [String: String]

    init(_ file: LaunchFile) {
        self.init(
            arguments: file.arguments,
            implied: Dictionary(file.implied.map { ($0.name, $0.value) }) { first, _ in first })
    }

    /// - Parameter implied: what the launcher sets by itself; nothing for a program that is started directly.
    init(arguments: [LaunchArgument], implied: [String: String] = [:]) {
        var parser = FlagParser(arguments.dropFirst(APIServerProgram.wordCount(of: arguments)))
        parser.run()
        flags = parser.flags
        faults = parser.faults
        self.implied = implied
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
