// SPDX-License-Identifier: Apache-2.0

internal import Core

/// The smallest change of a launch file after which kube-apiserver gets the flags: values are replaced where they stand,
/// what is missing is added where the others are, in their style, and repetitions go. Nothing else is touched.
public struct LaunchEdit {
    let file: LaunchFile
    let flags: [AggregationFlag]
    let lines: EditedLines

    public init(_ file: LaunchFile, flags: AggregationFlags) { self.init(file, flags: flags.flags) }

    init(_ file: LaunchFile, flags: [AggregationFlag]) {
        self.file = file
        self.flags = flags
        lines = EditedLines(file.bytes)
    }

    /// The file's bytes after the change; the same bytes where nothing is to be done.
    ///
    /// - Throws: where a flag stands in a place that is read but not edited, such as another file's variable.
    public func edited() throws(LaunchFileError) -> [UInt8] {
        if let refusal { throw refusal }
        var edit = TextEdit()
        let missing = try changeWhatIsThere(&edit)
        if !missing.isEmpty { try add(missing, &edit) }
        if let verb = file.containerVerb {
            try addVolumes(after: verb, &edit)
        } else if file.mounts != nil {
            try addMounts(&edit)
        }
        let result = edit.applied(to: file.bytes)
        try prove(result)
        return result
    }

    /// Why the file is not edited, whatever the flags are; nil where it is.
    var refusal: LaunchFileError? {
        if let fault = CommandLineFlags(file).faults.first(where: { !$0.isValue }) {
            let place = fault.argument.place
            return LaunchFileError(
                "\(place.file):\(place.line): \(fault.message): kube-apiserver refuses to start with it",
                hint: fault.hint.map { "change line \(place.line) of \(place.file): \($0); then run this again" })
        }
        if let generator = ForeignLaunch.generator(of: file.path) {
            return LaunchFileError("\(file.path) \(generator.what): a change would be lost", hint: generator.hint)
        }
        if file.format == .environmentFile {
            return LaunchFileError(
                "\(file.path) is an environment file, which is judged but not edited",
                hint: "kbootstrap apiserver-flags --format systemd   # and put the flags into the unit")
        }
        if file.isUnit { return unitsRefusal }
        if file.commandPath != file.path {
            return LaunchFileError(
                "\(file.path) does not say how kube-apiserver starts: \(file.commandPath) replaces what it says",
                hint: "kbootstrap apiserver-flags apply \(ShellWord.quoted(file.commandPath))")
        }
        return nil
    }

    /// k3s and rke2 have their flags in another file, which need not be there yet.
    private var unitsRefusal: LaunchFileError {
        let configuration = "/etc/rancher/\(file.format.rawValue)/config.yaml"
        return LaunchFileError(
            "\(file.path) is a unit that runs \(file.format.rawValue), which is judged but not edited",
            hint: HostFiles(root: file.root).exists(configuration)
                ? "kbootstrap apiserver-flags apply \(configuration)"
                : "kbootstrap apiserver-flags --format k3s   # and put them into \(configuration)")
    }

    /// Reads the result back: the flags are there, and every other argument is what it was.
    private func prove(_ result: [UInt8]) throws(LaunchFileError) {
        let own = Set(flags.map(\.name))
        func others(_ file: LaunchFile) -> [String] {
            CommandLineFlags(file).flags.filter { !own.contains($0.name) }.map { "\($0.name)=\($0.value)" }
        }
        let after = try? file.with(bytes: result)
        let now = after.map(CommandLineFlags.init)
        let folders = after?.mounts.map { mounts in
            FlagsYAML.directories(of: flags).filter { LaunchCredentials.mount(of: $0, in: mounts) == nil }
        }
        let isRight =
            after.map(others) == others(file) && folders?.isEmpty != false
            && flags.allSatisfy { now?.value($0.name) == $0.value && (now?.all($0.name).count ?? 0) <= 1 }
            && file.mounts?.allSatisfy { after?.mounts?.contains($0) == true } != false
        guard isRight else {
            throw LaunchFileError(
                "\(file.path) is written in a way that cannot be edited safely",
                hint:
                    "kbootstrap apiserver-flags --format \(file.format == .systemd ? "systemd" : file.format.rawValue)"
                    + "   # and put the flags in by hand")
        }
    }

    // MARK: What is there

    private func changeWhatIsThere(_ edit: inout TextEdit) throws(LaunchFileError) -> [AggregationFlag] {
        let present = CommandLineFlags(file)
        var missing: [AggregationFlag] = []
        for flag in flags {
            let all = present.all(flag.name)
            guard let first = all.first else {
                if present.implied[flag.name] != flag.value { missing.append(flag) }
                continue
            }
            if first.value != flag.value { try replace(first, with: flag, &edit) }
            for repetition in all.dropFirst() { try remove(repetition, &edit) }
        }
        return missing
    }

    private func replace(_ old: LaunchFlag, with flag: AggregationFlag, _ edit: inout TextEdit) throws(LaunchFileError)
    {
        let argument = old.valueArgument ?? old.argument
        guard let range = argument.range else { throw notHere(old) }
        let text: String =
            switch argument.spelling {
            case .value: flag.value
            case .bare: old.valueArgument == nil ? "\(flag.name)=\(flag.value)" : flag.value
            case .word: old.valueArgument == nil ? flag.argument : flag.value
            }
        edit.replace(range, with: written(text, likeQuotesAt: range, isValue: argument.spelling == .value))
    }

    private func notHere(_ flag: LaunchFlag) -> LaunchFileError {
        let place = flag.argument.place
        return LaunchFileError(
            "\(place.file):\(place.line): --\(flag.name) stands in a variable, another file, or a form that is read but "
                + "not edited",
            hint: "take it out there, and run this again")
    }

    /// The text in the file's language, quoted where it must be or was.
    private func written(_ text: String, likeQuotesAt range: Range<Int>?, isValue: Bool) -> String {
        switch file.format {
        case .systemd, .args, .environmentFile: return AggregationFlags.systemdWord(text, in: file.format)
        case .staticPod, .kubeadm, .k3s, .rke2:
            let wasQuoted = range.map { "\"'".utf8.contains(file.bytes[$0.lowerBound]) } ?? false
            let isFlow = range.map { isInFlow($0.lowerBound) } ?? false
            return wasQuoted || isValue ? YAMLWord.quoted(text) : YAMLWord.written(text, isInFlow: isFlow)
        }
    }

    func isInFlow(_ offset: Int) -> Bool { !lines.prefix(of: offset).allSatisfy { $0 == " " || $0 == "-" } }

    private func remove(_ flag: LaunchFlag, _ edit: inout TextEdit) throws(LaunchFileError) {
        let words = [flag.argument, flag.valueArgument].compactMap { $0 }
        for word in words {
            guard let range = word.range, word.spelling != .value,
                let position = file.arguments.firstIndex(of: word), position > 0
            else { throw notHere(flag) }
            let start = lines.start(of: range.lowerBound)
            let end = lines.next(after: range.lowerBound)
            let before = lines.prefix(of: range.lowerBound)
            let after = String(decoding: file.bytes[range.upperBound..<end], as: UTF8.self)
                .filter { !$0.isWhitespace }
            let isSystemd = file.format == .systemd
            let isAlone =
                before.allSatisfy { $0 == " " || $0 == "\t" || (!isSystemd && $0 == "-") }
                && (isSystemd ? after == "\\" : after.isEmpty || after.hasPrefix("#"))
            if isAlone {
                edit.replace(start..<end, with: "")
            } else if let previous = file.arguments[position - 1].range, isSystemd || isInFlow(range.lowerBound) {
                edit.replace(previous.upperBound..<range.upperBound, with: "")
            } else {
                throw notHere(flag)
            }
        }
    }

    // MARK: What is missing

    private func add(_ missing: [AggregationFlag], _ edit: inout TextEdit) throws(LaunchFileError) {
        switch file.format {
        case .systemd: try addToCommand(missing, &edit)
        case .args:
            if continuesLines { try addToCommand(missing, &edit) } else { addLines(missing, &edit) }
        case .staticPod, .kubeadm, .k3s, .rke2: try addToYAML(missing, &edit)
        case .environmentFile: break
        }
    }

    private func addToCommand(_ missing: [AggregationFlag], _ edit: inout TextEdit) throws(LaunchFileError) {
        guard let end = file.commandEnd ?? file.arguments.last?.range?.upperBound else {
            throw LaunchFileError("\(file.path) has no command that can be added to")
        }
        let prefix = lines.prefix(of: end)
        let blanks = String(prefix.prefix { $0 == " " || $0 == "\t" })
        let indent = blanks.isEmpty ? "  " : blanks
        for flag in missing {
            edit.insert(
                " \\" + lines.lineEnd + indent + AggregationFlags.systemdWord(flag.argument, in: file.format), at: end)
        }
    }

    /// Whether plain arguments are one command of a shell, over several lines.
    private var continuesLines: Bool {
        SystemdUnitFile.physicalLines(of: file.bytes)
            .contains { SourcedBytes(file.bytes[$0]).trimmed().bytes.last == UInt8(ascii: "\\") }
    }

    private func addLines(_ missing: [AggregationFlag], _ edit: inout TextEdit) {
        edit.insert(lines.missingEnd(at: file.bytes.count), at: file.bytes.count)
        for flag in missing {
            edit.insert(AggregationFlags.systemdWord(flag.argument, in: .args) + lines.lineEnd, at: file.bytes.count)
        }
    }
}

extension AggregationFlags {
    /// A word as the file's reader splits it; plain arguments know no specifiers and no variables.
    static func systemdWord(_ word: String, in format: LaunchFormat) -> String {
        format == .systemd
            ? systemdWord(word)
            : systemdWord(word).replacing("%%", with: "%").replacing("$$", with: "$")
    }
}
