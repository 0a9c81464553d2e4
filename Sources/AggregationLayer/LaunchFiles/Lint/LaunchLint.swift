// SPDX-License-Identifier: Apache-2.0

internal import Core
public import FoundationEssentials

/// What a launch file is judged by.
public struct LaunchLintOptions: Sendable {
    /// The folder that stands for `/` when files are looked at.
    public var root: String
    /// kube-apiserver's minor version; nil for what the file itself says.
    public var minorVersion: Int?
    public var now: Date
    /// A certificate with fewer days left expires soon.
    public var warnWithinDays: Int

    public init(root: String = "/", minorVersion: Int? = nil, now: Date = Date(), warnWithinDays: Int = 30) {
        self.root = root
        self.minorVersion = minorVersion
        self.now = now
        self.warnWithinDays = warnWithinDays
    }
}

/// Judges a launch file from what is in it and in the files that it names. Nothing is changed, nothing is asked over the
/// network.
public struct LaunchLint {
    let file: LaunchFile
    let flags: CommandLineFlags
    let options: LaunchLintOptions
    let host: HostFiles
    let credentials: LaunchCredentials

    public init(_ file: LaunchFile, options: LaunchLintOptions = LaunchLintOptions()) {
        self.file = file
        self.options = options
        flags = CommandLineFlags(file)
        host = HostFiles(root: options.root)
        credentials = LaunchCredentials(file: file, flags: flags, host: host)
    }

    var minorVersion: Int? { options.minorVersion ?? file.minorVersion }

    /// Every finding, in the order of the file.
    public func findings() -> [LaunchFinding] {
        let found = grammarFindings() + flagFindings() + headerFindings() + credentialFindings() + hostFindings()
        return found.enumerated().sorted { a, b in
            (a.element.place.file != file.path ? 1 : 0, a.element.place.line, a.offset)
                < (b.element.place.file != file.path ? 1 : 0, b.element.place.line, b.offset)
        }.map(\.element)
    }

    func finding(
        _ code: LaunchCode, _ severity: Severity, at flag: LaunchFlag? = nil, _ message: String,
        hint: Hint? = nil
    ) -> LaunchFinding {
        LaunchFinding(
            code, severity, at: flag?.argument.place ?? commandPlace,
            text: flag.map { [$0.argument.source, $0.valueArgument?.source].compactMap { $0 }.joined(separator: " ") }
                ?? "", message, hint: hint)
    }

    /// Where what is missing would stand: at the program's name.
    private var commandPlace: LaunchPlace {
        file.arguments.first?.place ?? LaunchPlace(file: file.path, line: 1, column: 1)
    }

    private func grammarFindings() -> [LaunchFinding] {
        file.notes.map { note in
            let (code, hint): (LaunchCode, Hint) =
                switch note.kind {
                case .lineIgnored: (.lineIgnored, .advice("end every line but the last with a space and a backslash"))
                case .quoteOpen: (.lineIgnored, .advice("close the quote"))
                case .severalCommands:
                    (.refusesToStart, .advice("put a line ExecStart= before it: it clears the others"))
                case .dropInUnreadable: (.lineIgnored, .look("ls -l \(note.text)"))
                case .variableUndefined: (.variableUndefined, .advice("define it, or write the flags out"))
                case .environmentFileUnreadable: (.variableUndefined, .look("ls -l \(note.text)"))
                }
            return LaunchFinding(code, .failure, at: note.place, text: note.text, note.message, hint: hint)
        }
    }
}
