// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient
import Subprocess
import Synchronization
import SystemPackage

/// Runs a process for each of the hollow node's pods whose image we stand in for, from when the pod is scheduled until
/// it is to go. kubemark's probes then meet something that answers, or does not.
///
/// All pods of kubemark have one address. Of those that want the same port, the newest has it and the others wait:
/// a rolling update hands the port over when the new pod begins, and a new pod that fails leaves nobody answering,
/// never the old one in its place.
final class PodRuntime: Sendable {
    /// What the kubelet waits before it starts a container again: nothing, then 10 s, doubling to 5 minutes.
    private static let firstPause = Duration.seconds(10)
    private static let longestPause = Duration.seconds(300)
    private static let look = Duration.milliseconds(100)
    /// What a user who is not root lacks; the rest is needed to mount the pod's volumes.
    private static let withoutLowPorts = [
        "setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service", "--",
    ]

    private let folder: String
    private let program: String
    private let metricsServer: String
    private let nodeAddress: String
    private let log: KlogLine
    private let takenPorts = Mutex<Set<Int>>([])

    /// - Parameters:
    ///   - folder: for what pods mount, and their logs.
    ///   - program: this program's path.
    ///   - metricsServer: the path of what runs in containers.
    init(folder: String, program: String, metricsServer: String, nodeAddress: String, log: KlogLine) {
        (self.folder, self.program, self.metricsServer) = (folder, program, metricsServer)
        (self.nodeAddress, self.log) = (nodeAddress, log)
    }

    /// Until the task is cancelled.
    func run(_ client: APIClient) async throws {
        let pods = FollowedObjects<StandinPod>(.pods, fieldSelector: "spec.nodeName=\(HollowNode.name)", log: log) {
            StandinPod($0)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await pods.follow(client) }
            defer { group.cancelAll() }
            var known: Set<String> = []
            while true {
                for pod in pods.all where pod.isWanted && !known.contains(pod.uid) {
                    known.insert(pod.uid)
                    group.addTask { try await self.attend(pod, among: pods, client) }
                }
                try await Task.sleep(for: Self.look)
            }
        }
    }

    /// The last of a container's output, or of the run before; nil for a container that has no process here.
    func log(of container: ContainerLogQuery) -> [UInt8]? {
        let start = "\(container.namespace)_\(container.pod)_"
        let pods = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard let pod = pods.filter({ $0.hasPrefix(start) }).max() else { return nil }
        let logs = "\(folder)/\(pod)/logs/\(container.container)"
        let runs = ((try? FileManager.default.contentsOfDirectory(atPath: logs)) ?? []).compactMap { Int($0) }
        guard let last = runs.max() else { return nil }
        let run = container.isOfPreviousRun ? last - 1 : last
        return (try? Data(contentsOf: URL(filePath: "\(logs)/\(run)"))).map { Array($0) }
    }

    // MARK: One pod

    private func attend(_ pod: StandinPod, among pods: FollowedObjects<StandinPod>, _ client: APIClient) async throws {
        var pause = Duration.zero
        var runs = 0
        while !Task.isCancelled, let current = pods[pod.namespace, pod.name], current.uid == pod.uid, current.isWanted {
            guard hasPort(pod, among: pods), takenPorts.withLock({ $0.insert(pod.port).inserted }) else {
                try await Task.sleep(for: Self.look)
                continue
            }
            tell("Starting a process for a container", pod, ["image": .text(pod.image)])
            let (started, run) = (ContinuousClock.now, runs)
            let ended = await untilUnwanted(pod, among: pods) {
                do {
                    return try await self.start(pod, run: run, client)
                } catch { return "\(error)" }
            }
            takenPorts.withLock { _ = $0.remove(pod.port) }
            runs += 1
            guard !Task.isCancelled else { return }
            guard let ended else {
                tell("The container is to go, or to leave its port to a newer one", pod)
                continue
            }
            tell("The container ended", pod, ["status": .text(ended), "pause": .text("\(pause)")])
            // As the kubelet: a container that ran for ten minutes begins anew.
            if ContinuousClock.now - started > .seconds(600) { pause = .zero }
            try await Task.sleep(for: pause)
            pause = pause == .zero ? Self.firstPause : min(pause * 2, Self.longestPause)
        }
    }

    /// What `body` returned; nil where the pod lost its claim before, and `body` was cancelled.
    private func untilUnwanted(
        _ pod: StandinPod, among pods: FollowedObjects<StandinPod>, _ body: @escaping @Sendable () async -> String
    ) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask { await body() }
            group.addTask {
                do {
                    while self.hasPort(pod, among: pods) { try await Task.sleep(for: Self.look) }
                    if self.rivals(of: pod, among: pods).isEmpty { try await Task.sleep(for: pod.preStopSleep) }
                } catch { return nil }
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func hasPort(_ pod: StandinPod, among pods: FollowedObjects<StandinPod>) -> Bool {
        rivals(of: pod, among: pods).max { ($0.created, $0.uid) < ($1.created, $1.uid) }?.uid == pod.uid
    }

    /// The pods that want its port, itself among them.
    private func rivals(of pod: StandinPod, among pods: FollowedObjects<StandinPod>) -> [StandinPod] {
        pods.all.filter { $0.isWanted && $0.port == pod.port }
    }

    /// - Returns: how the process ended.
    private func start(_ pod: StandinPod, run: Int, _ client: APIClient) async throws -> String {
        let own = "\(folder)/\(pod.namespace)_\(pod.name)_\(pod.uid)"
        let volumes = PodVolumes(folder: "\(own)/volumes", client: client)
        let mounts = try await volumes.mounts(of: pod)
        let logs = "\(own)/logs/\(pod.container)"
        try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
        let output = try FileDescriptor.open(
            FilePath("\(logs)/\(run)"), .writeOnly, options: [.create, .append, .closeOnExec],
            permissions: .ownerReadWrite)
        let words = self.words(of: pod, mounts: mounts)
        let environment = Dictionary(
            pod.environment.map { (Environment.Key(stringLiteral: $0), $1) }, uniquingKeysWith: { $1 })
        return try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask {
                let result = try await Subprocess.run(
                    .name("unshare"), arguments: Arguments(words), environment: .custom(environment), input: .none,
                    output: .fileDescriptor(output, closeAfterSpawningProcess: false),
                    error: .fileDescriptor(output, closeAfterSpawningProcess: true))
                return "\(result.terminationStatus)"
            }
            group.addTask {
                try await volumes.follow(pod)
                return ""
            }
            defer { group.cancelAll() }
            return try await group.next() ?? ""
        }
    }

    /// `unshare`'s arguments.
    private func words(of pod: StandinPod, mounts: [(source: String, path: String)]) -> [String] {
        var words =
            ["--mount"] + (pod.isRoot ? [] : Self.withoutLowPorts) + [program, "container", "--program", metricsServer]
        for mount in mounts { words += ["--mount", "\(mount.source):\(mount.path)"] }
        return words + ["--"] + pod.arguments(nodeAddress: nodeAddress)
    }

    private func tell(
        _ message: String, _ pod: StandinPod, _ fields: KeyValuePairs<String, KlogLine.Field> = [:]
    ) {
        let more = fields.map { " \($0.key)=\($0.value.written)" }.joined()
        let name = "\(pod.namespace)/\(pod.name)".quotedAsInGo
        log.plain(.info, "\(message.quotedAsInGo) pod=\(name)\(more)", at: "PodRuntime.swift")
    }
}
