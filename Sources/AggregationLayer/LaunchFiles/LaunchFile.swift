// SPDX-License-Identifier: Apache-2.0

internal import Core

/// A file that kube-apiserver is launched from: what kind it is, and the arguments that come out of it.
public struct LaunchFile: Sendable {
    /// As it was given; `standard input` for `-`.
    public let path: String
    public let bytes: [UInt8]
    public let format: LaunchFormat
    /// The program's words and flags, in order, as it receives them.
    public let arguments: [LaunchArgument]
    /// The program's environment, where the file sets it.
    public let variables: [LaunchVariable]
    /// What of the host a pod sees; nil where the program runs on the host itself.
    let mounts: [LaunchMount]?
    /// The Kubernetes minor version that the file itself names.
    public let minorVersion: Int?
    let notes: [LaunchNote]
    /// The file whose ExecStart counts, when that is a drop-in.
    let commandPath: String
    /// The byte after the last word of the command, for systemd.
    let commandEnd: Int?
    /// The folder that stands for `/`.
    private(set) var root = "/"
    /// Whether it is a unit that starts k3s or rke2, whose own configuration is another file.
    private(set) var isUnit = false
    /// Whether the arguments are those of a process.
    private(set) var isRunning = false
    /// The folder that is `/` for the process: a container's, when it runs in one.
    private(set) var processRoot: String?
    /// The version of kubeadm's configuration.
    private(set) var kubeadm: KubeadmVersion?
    /// The word `run` of docker or podman, where a container runs it: mounts are added there.
    private(set) var containerVerb: LaunchArgument?
    /// Flags that the launcher sets by itself, unless the file says otherwise.
    private(set) var implied: [(name: String, value: String)] = []

    struct KubeadmVersion: Sendable {
        let name: String
        let place: LaunchPlace
        /// The first minor version of Kubernetes whose kubeadm refuses it.
        let removedIn: Int?
    }

    /// The largest file that is read, in bytes: launch files are a few kilobytes.
    public static let largest = 1 << 20

    /// The most arguments that are judged: kube-apiserver has some 200 flags.
    private static let mostArguments = 2000

    /// Reads a launch file; its kind is found from its content.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - root: the folder that stands for `/` when the file names others, such as an EnvironmentFile.
    /// - Throws: where it cannot be read, is too large, or is none of the kinds that are known.
    public static func read(_ path: String, root: String = "/") throws(LaunchFileError) -> LaunchFile {
        try LaunchFile(path: path, bytes: bytes(of: path), root: root)
    }

    /// A file's bytes, whatever they are.
    ///
    /// - Throws: where it cannot be read, or is too large.
    public static func bytes(of path: String) throws(LaunchFileError) -> [UInt8] {
        do throws(FrontProxyError) {
            if let found = try FoundFile.read(path) { return found.bytes }
        } catch { throw LaunchFileError(error) }
        throw LaunchFileError("there is no file \(path)", hint: "ls -l \(ShellWord.quoted(path))")
    }

    /// The arguments of a running program.
    ///
    /// - Throws: where there is no such process, or it may not be looked at.
    public static func running(_ pid: Int, root: String = "/") throws(LaunchFileError) -> LaunchFile {
        let folder = "/proc/\(pid)"
        let host = HostFiles(root: root)
        guard let cmdline = host.readProcess("\(folder)/cmdline"), !cmdline.isEmpty else {
            throw LaunchFileError("there is no program running as process \(pid)", hint: "pgrep -a kube-apiserver")
        }
        // Another user's environment may not be read: its proxy variables then stay unjudged.
        let environment = host.readProcess("\(folder)/environ")
        let place = LaunchPlace(file: "\(folder)/environ", line: 1, column: 1)
        let variables = (environment?.split(separator: 0) ?? []).compactMap { entry -> LaunchVariable? in
            let parts = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            return parts.count == 2 ? LaunchVariable(name: parts[0], value: parts[1], place: place) : nil
        }
        var launch = LaunchFile(
            path: "\(folder)/cmdline", bytes: cmdline, format: .args,
            arguments: try PlainArguments.read(cmdline, path: "\(folder)/cmdline"), variables: variables)
        launch.isRunning = true
        launch.processRoot = host.real("\(folder)/root")
        try launch.requireAPIServer()
        return launch
    }

    /// - Throws: where the bytes are too many, or none of the kinds that are known.
    public init(path: String, bytes: [UInt8], root: String = "/") throws(LaunchFileError) {
        guard bytes.count <= Self.largest else {
            throw LaunchFileError("\(path) is too large for a launch file (\(bytes.count) bytes)")
        }
        let kind = try LaunchFormatGuess(path: path, bytes: bytes).format()
        switch kind {
        case .systemd: self = try Self.systemd(path: path, bytes: bytes, host: HostFiles(root: root))
        case .environmentFile: self = Self.environmentFile(path: path, bytes: bytes)
        case .args:
            let words = SnapVariables.resolved(try PlainArguments.read(bytes, path: path), of: path)
            if !bytes.contains(0), let word = words.first(where: { ForeignLaunch.isShellsWord($0.text) }) {
                throw ForeignLaunch.script(path, line: word.place.line)
            }
            self.init(path: path, bytes: bytes, format: .args, arguments: words)
        case .staticPod:
            let pod = try StaticPod(LaunchYAML(path: path, bytes: bytes))
            self.init(
                path: path, bytes: bytes, format: .staticPod, arguments: try pod.arguments(),
                variables: pod.variables(), mounts: pod.mounts, minorVersion: pod.minorVersion)
        case .kubeadm:
            let configuration = try KubeadmConfiguration(LaunchYAML(path: path, bytes: bytes))
            self.init(
                path: path, bytes: bytes, format: .kubeadm, arguments: try configuration.arguments(),
                variables: configuration.variables(), mounts: configuration.mounts,
                minorVersion: configuration.minorVersion)
            implied = configuration.implied
            kubeadm = configuration.document.value("apiVersion").map {
                KubeadmVersion(
                    name: configuration.api, place: configuration.yaml.place($0), removedIn: configuration.removedIn)
            }
        case .k3s, .rke2:
            let configuration = try K3sConfiguration(
                LaunchYAML(path: path, bytes: bytes), others: K3sConfiguration.others(of: path))
            self.init(
                path: path, bytes: bytes, format: kind, arguments: try configuration.arguments(),
                commandPath: configuration.commandPath)
            implied = ImpliedFlags.k3s(data: configuration.dataDirectory(kind))
        }
        self.root = root
        try requireAPIServer()
    }

    /// The same file with other bytes.
    func with(bytes: [UInt8]) throws(LaunchFileError) -> LaunchFile {
        try LaunchFile(path: path, bytes: bytes, root: root)
    }

    private init(
        path: String, bytes: [UInt8], format: LaunchFormat, arguments: [LaunchArgument],
        variables: [LaunchVariable] = [], mounts: [LaunchMount]? = nil, minorVersion: Int? = nil,
        notes: [LaunchNote] = [], commandPath: String? = nil, commandEnd: Int? = nil
    ) {
        self.path = path
        self.bytes = bytes
        self.format = format
        self.arguments = arguments
        self.variables = variables
        self.mounts = mounts
        self.minorVersion = minorVersion
        self.notes = notes
        self.commandPath = commandPath ?? path
        self.commandEnd = commandEnd
    }

    private static func systemd(
        path: String, bytes: [UInt8], host: HostFiles
    ) throws(LaunchFileError) -> LaunchFile {
        let launch = try SystemdLaunch(main: SystemdUnitFile(path: path, bytes: bytes), host: host)
        let variables = launch.variables.values.sorted { $0.name < $1.name }
            .map { LaunchVariable(name: $0.name, value: $0.value.text, place: $0.place) }
        // `k3s server --kube-apiserver-arg=…` as a unit.
        if let program = launch.arguments.first.flatMap({ $0.text.split(separator: "/").last }),
            program == "k3s" || program == "rke2"
        {
            var file = LaunchFile(
                path: path, bytes: bytes, format: program == "k3s" ? .k3s : .rke2,
                arguments: K3sCommandLine.arguments(launch.arguments), variables: variables, notes: launch.notes,
                commandPath: launch.commandPath)
            file.isUnit = true
            file.implied = ImpliedFlags.k3s(data: "/var/lib/rancher/\(program)")
            return file
        }
        if let container = ContainerRun(launch.arguments) {
            var file = LaunchFile(
                path: path, bytes: bytes, format: .systemd, arguments: container.arguments,
                variables: container.variables, mounts: container.mounts, notes: launch.notes,
                commandPath: launch.commandPath, commandEnd: launch.commandEnd)
            file.containerVerb = container.verb
            return file
        }
        return LaunchFile(
            path: path, bytes: bytes, format: .systemd, arguments: launch.arguments, variables: variables,
            notes: launch.notes, commandPath: launch.commandPath, commandEnd: launch.commandEnd)
    }

    private static func environmentFile(path: String, bytes: [UInt8]) -> LaunchFile {
        let file = EnvironmentFile(path: path, bytes: bytes)
        var arguments: [LaunchArgument] = []
        for entry in file.entries where LaunchFormatGuess.holdsFlags(entry.value.bytes) {
            var words = SystemdWords(entry.value)
            while let word = try? words.next() {
                arguments.append(
                    LaunchArgument(
                        text: word.text, place: file.place(entry.value.offset(word.range.lowerBound)),
                        source: entry.value.slice(word.range).text, range: nil, spelling: .word))
            }
        }
        let variables = file.entries.filter { !LaunchFormatGuess.holdsFlags($0.value.bytes) }
            .map { LaunchVariable(name: $0.name, value: $0.value.text, place: file.place($0.offset)) }
        return LaunchFile(
            path: path, bytes: bytes, format: .environmentFile, arguments: arguments, variables: variables)
    }

    /// Refuses a file that starts another program, or hides the flags in a shell's command line.
    private func requireAPIServer() throws(LaunchFileError) {
        guard arguments.count <= Self.mostArguments else {
            throw LaunchFileError("\(path) has \(arguments.count) arguments, too many for a launch file")
        }
        guard format == .systemd || format == .staticPod || isRunning, let program = arguments.first else { return }
        if APIServerProgram.runsShellText(arguments) {
            throw LaunchFileError(
                "\(path):\(program.place.line): the flags are inside a shell's command line, which is not read",
                hint: "kbootstrap apiserver-flags lint --pid $(pgrep -o kube-apiserver)")
        }
        let hasItsFlags = arguments.contains {
            $0.text.hasPrefix("--etcd-servers") || $0.text.hasPrefix("--requestheader-")
        }
        if hasItsFlags || arguments.contains(where: { APIServerProgram.isNamed($0.text) }) { return }
        throw LaunchFileError(
            "\(path):\(program.place.line): it runs \(program.text), not kube-apiserver",
            hint: isRunning ? "pgrep -a kube-apiserver" : nil)
    }
}
