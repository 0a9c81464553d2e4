// SPDX-License-Identifier: Apache-2.0

/// A unit with its drop-ins and environment files, and the command that comes out of them.
struct SystemdLaunch: Sendable {
    private(set) var arguments: [LaunchArgument] = []
    private(set) var variables: [String: SystemdVariable] = [:]
    private(set) var notes: [LaunchNote] = []
    /// The file whose ExecStart counts.
    private(set) var commandPath: String?
    /// The byte after the command's last word, in the file whose ExecStart counts.
    private(set) var commandEnd: Int?
    private let unitName: String
    /// Variables that systemd sets by itself (systemd.exec, "Environment variables in spawned processes"), or passes on.
    private var inherited: Set<String> = [
        "PATH", "LANG", "USER", "LOGNAME", "HOME", "SHELL", "INVOCATION_ID", "XDG_RUNTIME_DIR", "RUNTIME_DIRECTORY",
        "STATE_DIRECTORY", "CACHE_DIRECTORY", "LOGS_DIRECTORY", "CONFIGURATION_DIRECTORY", "CREDENTIALS_DIRECTORY",
        "MAINPID", "MANAGERPID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_PID",
        "WATCHDOG_USEC", "SYSTEMD_EXEC_PID", "JOURNAL_STREAM", "TERM", "HOSTNAME",
    ]

    /// - Parameters:
    ///   - main: the file that was given; its drop-ins are looked for.
    init(main: SystemdUnitFile, host: HostFiles) throws(LaunchFileError) {
        unitName = Self.unitName(of: main.path)
        let dropIns = SystemdDropIns(of: main.path, named: unitName, host: host)
        notes += dropIns.notes
        let files = [main] + dropIns.files
        for file in files { noteStrays(file) }
        readEnvironment(files, host)
        let commands = Self.commands(files)
        guard let command = commands.last else {
            throw LaunchFileError(
                "\(main.path) has no ExecStart= in its [Service] section", hint: "systemctl cat \(unitName)")
        }
        commandPath = command.file.path
        noteSeveral(commands, files)
        readCommand(command.assignment.value, in: command.file, isMain: command.file.path == main.path)
    }

    private static func unitName(of path: String) -> String {
        var parts = path.split(separator: "/").map(String.init)
        // A drop-in is in NAME.service.d.
        if parts.count > 1, parts[parts.count - 2].hasSuffix(".d") {
            parts.removeLast()
            return String(parts[parts.count - 1].dropLast(2))
        }
        return parts.last ?? path
    }

    private typealias Command = (file: SystemdUnitFile, assignment: SystemdUnitFile.Assignment)

    /// An empty ExecStart= forgets those before it.
    private static func commands(_ files: [SystemdUnitFile]) -> [Command] {
        var commands: [Command] = []
        for file in files {
            for assignment in file.assignments where assignment.section == "Service" && assignment.key == "ExecStart" {
                if assignment.value.count == 0 { commands = [] } else { commands.append((file, assignment)) }
            }
        }
        return commands
    }

    /// Only Type=oneshot may have more than one command.
    private mutating func noteSeveral(_ commands: [Command], _ files: [SystemdUnitFile]) {
        let type = files.flatMap(\.assignments).last { $0.section == "Service" && $0.key == "Type" }?.value.text
        guard commands.count > 1, type != "oneshot", let last = commands.last else { return }
        notes.append(
            LaunchNote(
                .severalCommands, last.file.place(last.assignment.offset),
                firstLine("ExecStart=" + last.assignment.value.text),
                "there is more than one ExecStart=: systemd refuses the unit"))
    }

    // MARK: The environment

    private mutating func readEnvironment(_ files: [SystemdUnitFile], _ host: HostFiles) {
        var environmentFiles: [(path: String, isOptional: Bool, place: LaunchPlace)] = []
        for file in files {
            for assignment in file.assignments where assignment.section == "Service" {
                switch assignment.key {
                case "Environment":
                    if assignment.value.count == 0 { variables = [:] } else { readEnvironment(assignment, file) }
                case "EnvironmentFile":
                    guard assignment.value.count > 0 else {
                        environmentFiles = []
                        continue
                    }
                    let text = String(
                        decoding: SystemdExpansion(unit: unitName, variables: [:])
                            .specifiersResolved(assignment.value.bytes), as: UTF8.self)
                    environmentFiles.append(
                        (
                            text.hasPrefix("-") ? String(text.dropFirst()) : text, text.hasPrefix("-"),
                            file.place(assignment.offset)
                        ))
                default: break
                }
            }
        }
        // Read after, and so over, Environment=.
        for entry in environmentFiles { readEnvironmentFile(entry, host) }
        for file in files {
            for assignment in file.assignments where assignment.section == "Service" {
                let words = assignment.value.text.split(whereSeparator: \.isWhitespace).map(String.init)
                switch assignment.key {
                case "UnsetEnvironment":
                    for word in words {
                        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
                        guard let name = parts.first, let value = variables[name]?.value.text else { continue }
                        if parts.count == 1 || parts[1] == value { variables[name] = nil }
                    }
                case "PassEnvironment": inherited.formUnion(words)
                default: break
                }
            }
        }
    }

    private mutating func readEnvironment(_ assignment: SystemdUnitFile.Assignment, _ file: SystemdUnitFile) {
        var words = SystemdWords(assignment.value)
        let expansion = SystemdExpansion(unit: unitName, variables: [:])
        while !words.isAtEnd {
            guard let word = try? words.next() else {
                notes.append(
                    LaunchNote(
                        .quoteOpen, file.place(assignment.offset), "Environment=",
                        "a quote is not closed: systemd ignores this Environment="))
                return
            }
            let bytes = expansion.specifiersResolved(word.bytes)
            guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let offset = assignment.value.offset(word.range.lowerBound)
            var value = SourcedBytes()
            for byte in bytes[(equals + 1)...] { value.append(byte, at: offset) }
            let name = String(decoding: bytes[..<equals], as: UTF8.self)
            variables[name] = SystemdVariable(
                name: name, value: value, place: file.place(offset), lines: file.lines, path: file.path)
        }
    }

    private mutating func readEnvironmentFile(
        _ entry: (path: String, isOptional: Bool, place: LaunchPlace), _ host: HostFiles
    ) {
        if entry.path.contains(where: { "*?[".contains($0) }) {
            for path in host.matching(entry.path) { readEnvironmentFile((path, entry.isOptional, entry.place), host) }
            return
        }
        let found: FoundFile?
        do throws(FrontProxyError) { found = try host.read(entry.path) } catch {
            notes.append(LaunchNote(.environmentFileUnreadable, entry.place, entry.path, error.description))
            return
        }
        guard let found else {
            if !entry.isOptional {
                notes.append(
                    LaunchNote(
                        .environmentFileUnreadable, entry.place, entry.path,
                        "EnvironmentFile=\(entry.path) is not there: the unit does not start"))
            }
            return
        }
        let file = EnvironmentFile(path: entry.path, bytes: found.bytes)
        for variable in file.entries {
            variables[variable.name] = SystemdVariable(
                name: variable.name, value: variable.value, place: file.place(variable.offset), lines: file.lines,
                path: file.path)
        }
    }

    // MARK: The command

    private mutating func readCommand(_ value: SourcedBytes, in file: SystemdUnitFile, isMain: Bool) {
        let expansion = SystemdExpansion(unit: unitName, variables: variables)
        var words = SystemdWords(value)
        var isFirst = true
        var expandsVariables = true
        while !words.isAtEnd {
            if !isFirst, words.skipCommandEnd() { break }
            let word: SystemdWord
            if !isFirst, let semicolon = words.escapedSemicolon() {
                word = semicolon
            } else {
                do throws(SystemdWords.Unbalanced) {
                    guard let next = try words.next() else { break }
                    word = next
                } catch {
                    notes.append(
                        LaunchNote(
                            .quoteOpen, file.place(value.offset(0)), firstLine(value.text),
                            "a quote is not closed: systemd ignores this ExecStart= as a whole"))
                    arguments = []
                    return
                }
            }
            let start = value.offset(word.range.lowerBound)
            let end = value.offset(word.range.upperBound - 1) + 1
            commandEnd = end
            let source = String(decoding: file.bytes[start..<end], as: UTF8.self)
            let place = file.place(start)
            let bytes = expansion.specifiersResolved(word.bytes)
            if isFirst {
                isFirst = false
                // Prefixes of the program: "-" ignore failure, "@" argv[0], ":" no variables, "+" "!" privileges.
                let prefix = bytes.prefix { "-@:+!|".utf8.contains($0) }
                expandsVariables = !prefix.contains(UInt8(ascii: ":"))
                append(bytes.dropFirst(prefix.count), place, source, range: nil)
            } else if !expandsVariables {
                append(bytes[...], place, source, range: isMain ? start..<end : nil)
            } else if let expanded = expansion.wholeWord(bytes) {
                for (part, variable) in expanded.words {
                    let at = variable.lines.place(
                        of: variable.value.offset(part.range.lowerBound), in: variable.path)
                    arguments.append(
                        LaunchArgument(
                            text: part.text, place: at, source: variable.value.slice(part.range).text, range: nil,
                            spelling: .word))
                }
            } else {
                let resolved = expansion.variablesResolved(bytes)
                for name in resolved.undefined { noteUndefined(name, place, source) }
                let isPlain = resolved.bytes == bytes || !source.contains("${")
                append(resolved.bytes[...], place, source, range: isMain && isPlain ? start..<end : nil)
            }
        }
    }

    private mutating func append(
        _ bytes: ArraySlice<UInt8>, _ place: LaunchPlace, _ source: String, range: Range<Int>?
    ) {
        arguments.append(
            LaunchArgument(
                text: String(decoding: bytes, as: UTF8.self), place: place, source: source, range: range,
                spelling: .word))
    }

    private mutating func noteUndefined(_ name: String, _ place: LaunchPlace, _ source: String) {
        guard !inherited.contains(name) else { return }
        notes.append(
            LaunchNote(
                .variableUndefined, place, source,
                "the variable \(name) is set neither by Environment= nor by an EnvironmentFile="))
    }

    private mutating func noteStrays(_ file: SystemdUnitFile) {
        for stray in file.strays {
            notes.append(
                LaunchNote(
                    .lineIgnored, file.place(stray.offset), firstLine(stray.text),
                    "systemd ignores this line: no backslash ends the line before it, or blanks follow the backslash"))
        }
    }

    private func firstLine(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count > 100 ? line.prefix(100) + "…" : line
    }
}
