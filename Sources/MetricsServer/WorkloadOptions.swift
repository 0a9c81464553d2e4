// SPDX-License-Identifier: Apache-2.0

/// Where metrics-server runs, how often, and what it is given.
public struct WorkloadOptions: Sendable {
    /// Two replicas on different nodes, and a budget that keeps one.
    public var highAvailability = false
    /// Whether the server serves policy/v1, as Kubernetes does from 1.21.
    public var hasPolicyV1 = true
    /// Whether kubelets can wait before they end a container, as they can from Kubernetes 1.30.
    public var hasSleepAction = false
    /// In the node's network, where the aggregator reaches no pods.
    public var hostNetwork = false
    /// Names of Secrets in metrics-server's namespace.
    public private(set) var pullSecrets: [String] = []
    public private(set) var tolerations: [Toleration] = []
    public private(set) var nodeSelector: [String: String] = [:]
    /// Seconds between two scrapes.
    public private(set) var resolution: Int64 = 15
    /// How many nodes are scraped: each beyond 100 takes 1 millicore and 2 MiB (metrics-server's README).
    public var nodes: Int64 = 0
    public private(set) var extraArguments: [String] = []
    private var replicas: Int64?
    private var imageName: String?
    private var registry: String?
    private var digest: String?

    public init() {}

    /// Whether a pod holds the port that its successor needs: then it has to go first, and nobody serves meanwhile.
    public var blocksItself: Bool { hostNetwork && nodes == 1 }

    var effectiveReplicas: Int64? { replicas ?? (highAvailability ? 2 : nil) }
    var nodesBeyondHundred: Int64 { min(max(0, nodes - 100), 1_000_000) }

    func image(of release: MetricsServerRelease) -> String {
        let mirrored = registry.map { "\($0)/metrics-server/metrics-server:v\(release.version)" }
        return (imageName ?? mirrored ?? release.image) + (digest.map { "@\($0)" } ?? "")
    }

    /// The release that the tag of the image given names; nil where none is given, or the tag names none.
    public var imageRelease: MetricsServerRelease? {
        imageName?.split(separator: "/").last?.split(separator: ":").dropFirst().first
            .flatMap { MetricsServerRelease.named(String($0)) }
    }

    /// `--name` of `--name=value`.
    static func flagName(_ argument: String) -> String {
        String(argument.prefix { $0 != "=" })
    }
}

extension WorkloadOptions {
    /// - Throws: for less than 1, and for more than 100.
    public mutating func setReplicas(_ count: Int) throws(WorkloadOptionError) {
        guard (1...100).contains(count) else {
            throw WorkloadOptionError("replicas", "\(count)", wants: "from 1 to 100")
        }
        replicas = Int64(count)
    }

    /// - Parameter name: the whole image, with its tag.
    public mutating func setImage(_ name: String) throws(WorkloadOptionError) {
        guard Self.isImage(name), !name.contains("@") else {
            throw WorkloadOptionError("image", name, wants: "REGISTRY/NAME:TAG")
        }
        imageName = name
    }

    /// - Parameter name: a host with a port or a path, which has the image under upstream's name.
    public mutating func setRegistry(_ name: String) throws(WorkloadOptionError) {
        guard Self.isImage(name), !name.contains("@") else {
            throw WorkloadOptionError("registry", name, wants: "HOST[:PORT][/PATH]")
        }
        registry = name
    }

    public mutating func setDigest(_ text: String) throws(WorkloadOptionError) {
        let hex = text.dropFirst("sha256:".count)
        let isHex = hex.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard text.hasPrefix("sha256:"), hex.utf8.count == 64, isHex else {
            throw WorkloadOptionError("image-digest", text, wants: "sha256: and 64 lowercase hexadecimal digits")
        }
        digest = text
    }

    public mutating func add(pullSecret name: String) throws(WorkloadOptionError) {
        guard LabelSyntax.isSubdomain(name) else {
            throw WorkloadOptionError("image-pull-secret", name, wants: "the name of a Secret")
        }
        pullSecrets.append(name)
    }

    public mutating func add(toleration text: String) throws(WorkloadOptionError) {
        guard let toleration = Toleration(text) else {
            throw WorkloadOptionError(
                "toleration", text, wants: "KEY[=VALUE][:NoSchedule|PreferNoSchedule|NoExecute]")
        }
        tolerations.append(toleration)
    }

    public mutating func add(nodeSelector text: String) throws(WorkloadOptionError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, LabelSyntax.isKey(parts[0]), LabelSyntax.isValue(parts[1]) else {
            throw WorkloadOptionError("node-selector", text, wants: "KEY=VALUE, a label of nodes")
        }
        nodeSelector[parts[0]] = parts[1]
    }

    /// To be called after arguments are added, of which one may give kubelets another time to answer.
    ///
    /// - Parameter resolution: metrics-server ends at its start below 10 s, and where nine tenths of it are less than
    ///   the time that it gives a kubelet to answer.
    public mutating func setResolution(_ resolution: Duration) throws(WorkloadOptionError) {
        let patience = kubeletPatience
        let (seconds, rest) = resolution.components
        let enough = (patience.time * 10 / 9).components
        let least = max(10, enough.seconds + (enough.attoseconds > 0 ? 1 : 0))
        guard rest == 0, (least...86_400).contains(seconds), resolution * 9 / 10 >= patience.time else {
            throw WorkloadOptionError(
                "resolution", rest == 0 ? "\(seconds)s" : "\(resolution)",
                wants: "whole seconds from \(least)s to 24h, of which nine tenths cover the \(patience.text) that a "
                    + "kubelet has to answer")
        }
        self.resolution = seconds
    }

    /// How long a kubelet may take to answer.
    private var kubeletPatience: (time: Duration, text: String) {
        let last = extraArguments.last { Self.flagName($0) == Self.patienceFlag }
        let text = last.map { String($0.dropFirst(Self.patienceFlag.count + 1)) } ?? "10s"
        return (Duration(goText: text) ?? .seconds(10), text)
    }

    private static let patienceFlag = "--kubelet-request-timeout"

    /// An argument for metrics-server; it replaces the usual one of its name.
    public mutating func add(argument text: String) throws(WorkloadOptionError) {
        let name = Self.flagName(text)
        let word = name.dropFirst(2)
        let isWord = word.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        guard name.hasPrefix("--"), !word.isEmpty, !word.hasPrefix("-"), isWord else {
            throw WorkloadOptionError("extra-arg", text, wants: "--NAME or --NAME=VALUE")
        }
        if let option = Self.ownOptions[name] {
            throw WorkloadOptionError("extra-arg", text, wants: option)
        }
        if name == Self.patienceFlag {
            let time = Duration(goText: String(text.dropFirst(name.count + 1))) ?? .zero
            guard time > .zero, time < .seconds(77_760) else {
                throw WorkloadOptionError("extra-arg", text, wants: "\(name)=TIME, such as 20s")
            }
        }
        if name == "--kubelet-port", !(UInt16(text.dropFirst(name.count + 1)).map { $0 > 0 } ?? false) {
            throw WorkloadOptionError("extra-arg", text, wants: "--kubelet-port=NUMBER, from 1 to 65535")
        }
        extraArguments.append(text)
    }

    /// What changes more than an argument, or has an option that checks it.
    private static let ownOptions = [
        "--secure-port": "left alone: the port follows from the release and --host-network",
        "--metric-resolution": "given as --resolution",
        "--kubelet-insecure-tls": "given as --kubelet-insecure-tls of this command",
    ]

    private static func isImage(_ text: String) -> Bool {
        guard let first = text.utf8.first, LabelSyntax.isAlphanumeric(first), text.utf8.count <= 255,
            !text.hasSuffix("/"), !text.hasSuffix(":"), !text.contains("//")
        else { return false }
        return text.utf8.allSatisfy { LabelSyntax.isAlphanumeric($0) || "-._/:@".utf8.contains($0) }
    }
}
