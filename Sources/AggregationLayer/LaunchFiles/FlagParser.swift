// SPDX-License-Identifier: Apache-2.0

/// Takes arguments apart as kube-apiserver does (spf13/pflag parseArgs, parseLongArg, parseShortArg).
///
/// A flag that is not known here is taken for one of a newer version: with a value where the next word is none of
/// the flags.
struct FlagParser {
    private(set) var flags: [LaunchFlag] = []
    private(set) var faults: [LaunchFlagFault] = []
    private var rest: ArraySlice<LaunchArgument>

    init(_ arguments: ArraySlice<LaunchArgument>) { rest = arguments }

    mutating func run() {
        while let argument = rest.popFirst() {
            let text = argument.text
            if text == "--" {
                for stray in rest { refuseStray(stray) }
                return
            } else if text.hasPrefix("--") {
                takeLong(argument)
            } else if text.hasPrefix("-"), text != "-" {
                takeShort(argument)
            } else if !text.isEmpty {
                refuseStray(argument)
            }
        }
    }

    private mutating func refuse(
        _ argument: LaunchArgument, _ message: String, hint: String? = nil, isValue: Bool = false
    ) {
        faults.append(LaunchFlagFault(argument: argument, message: message, hint: hint, isValue: isValue))
    }

    /// kube-apiserver takes no arguments but flags.
    private mutating func refuseStray(_ argument: LaunchArgument) {
        if argument.text == "\\" {
            refuse(argument, "a blank after this backslash makes it a word of its own", hint: "take the blank away")
            return
        }
        let name = flags.last.map(\.name)
        let isValueOfBoolean =
            name.map(APIServerFlagTable.booleans.contains) == true && Self.truths[argument.text] != nil
        refuse(
            argument, "\(shown(argument)) belongs to no flag, and kube-apiserver takes nothing but flags",
            hint: isValueOfBoolean
                ? "--\(name ?? "")=\(argument.text)" : "leave it out, or put it in quotes with its flag")
    }

    /// A word of a variable may be anything, also a secret.
    private func shown(_ argument: LaunchArgument) -> String {
        argument.range == nil ? "a word of a variable or of another file" : argument.text
    }

    private mutating func takeLong(_ argument: LaunchArgument) {
        let body = argument.text.dropFirst(2)
        let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let written = parts.first.map(String.init) ?? ""
        guard !written.isEmpty, !written.hasPrefix("-") else {
            refuse(argument, "\(argument.text) is no flag", hint: "two dashes and a name")
            return
        }
        if let blank = written.firstIndex(where: \.isWhitespace) {
            let name = written[..<blank]
            let value = body.drop { !$0.isWhitespace }.drop(while: \.isWhitespace)
            refuse(
                argument, "\(argument.text) is one word with a blank in it, and there is no flag of that name",
                hint: "--\(name)=\(value)")
            return
        }
        let name = written.replacing("_", with: "-")
        if parts.count == 2 {
            let value = String(parts[1])
            if APIServerFlagTable.booleans.contains(name), Self.truths[value] == nil {
                refuse(argument, "--\(name) takes true or false, not \(value)", hint: "--\(name)=true", isValue: true)
            }
            append(name, value, argument)
        } else if APIServerFlagTable.booleans.contains(name) || name == "version" {
            append(name, "true", argument)
        } else {
            takeNext(name, argument)
        }
    }

    /// Letters of which the last may have a value: glued on, after `=`, or as the next word.
    private mutating func takeShort(_ argument: LaunchArgument) {
        var letters = argument.text.dropFirst()
        while let letter = letters.popFirst() {
            switch letter {
            case "h": append("help", "true", argument)
            case "v":
                if letters.isEmpty {
                    takeNext("v", argument)
                } else {
                    append("v", String(letters.first == "=" ? letters.dropFirst() : letters), argument)
                }
                return
            default:
                let name = argument.text.dropFirst().prefix { $0 != "=" && !$0.isWhitespace }
                refuse(
                    argument, "kube-apiserver has no short flag -\(letter): flags of several letters have two dashes",
                    hint: name.count > 1 ? "-\(argument.text)" : nil)
                return
            }
        }
    }

    private mutating func takeNext(_ name: String, _ argument: LaunchArgument) {
        let isKnown = APIServerFlagTable.known.contains(name)
        if let next = rest.first, isKnown || !next.text.hasPrefix("-") {
            rest.removeFirst()
            append(name, next.text, argument, next)
        } else if isKnown {
            refuse(argument, "--\(name) has no value", hint: "--\(name)=VALUE")
        } else {
            append(name, "true", argument)
        }
    }

    private mutating func append(
        _ name: String, _ value: String, _ argument: LaunchArgument, _ valueArgument: LaunchArgument? = nil
    ) {
        flags.append(LaunchFlag(name: name, value: value, argument: argument, valueArgument: valueArgument))
    }

    /// What Go's strconv.ParseBool reads.
    static let truths: [String: Bool] = [
        "1": true, "t": true, "T": true, "true": true, "TRUE": true, "True": true,
        "0": false, "f": false, "F": false, "false": false, "FALSE": false, "False": false,
    ]
}
