// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// Where the control plane's programs are.
struct ControlPlaneBinaries: Sendable {
    private let folders: [String]

    /// Programs that serve any release of Kubernetes; all others stand beside their own kube-apiserver.
    private static let ofAnyRelease: Set = ["etcd", "sample-apiserver"]

    /// `KUBEBUILDER_ASSETS` (the ecosystem's convention), the cache that scripts/control-plane fills, then PATH.
    static func find(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> ControlPlaneBinaries {
        let cache = cache(environment)
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? []
        let cached = versions.filter { $0.hasPrefix("v") }.sorted().reversed().map { "\(cache)/\($0)" }
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return ControlPlaneBinaries(folders: [environment["KUBEBUILDER_ASSETS"]].compactMap { $0 } + cached + path)
    }

    /// The folder that scripts/control-plane fills.
    static func cache(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        let home = environment["HOME"] ?? "/root"
        let cache =
            environment["KBOOTSTRAP_CACHE"] ?? (environment["XDG_CACHE_HOME"] ?? home + "/.cache") + "/kbootstrap"
        return cache + "/control-plane"
    }

    func path(of name: String) throws -> String {
        if let found = existing(name) { return found }
        guard name != "kube-apiserver", let home else {
            throw LabError("there is no \(name) here", hint: "scripts/control-plane   # finds or builds it, once")
        }
        throw LabError(
            "there is no \(name) beside kube-apiserver in \(home)",
            hint: "put \(name) of the same release there, or unset KUBEBUILDER_ASSETS")
    }

    func has(_ name: String) -> Bool { existing(name) != nil }

    private func existing(_ name: String) -> String? {
        let places = Self.ofAnyRelease.contains(name) || home == nil ? folders : [home].compactMap { $0 }
        return places.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The folder of kube-apiserver.
    private var home: String? {
        folders.first { FileManager.default.isExecutableFile(atPath: "\($0)/kube-apiserver") }
    }

    /// Kubernetes' version, as kube-apiserver prints it.
    func version() async throws -> ServerVersion {
        let program = try path(of: "kube-apiserver")
        let printed = try await ShortCommand.output([program, "--version"])
        guard let version = ServerVersion(printed: printed) else {
            throw LabError("\(program) --version printed no version: \(printed.prefix(200))")
        }
        return version
    }
}

extension ServerVersion {
    /// Of `Kubernetes v1.36.2`.
    init?(printed: String) {
        guard let word = printed.split(whereSeparator: \.isWhitespace).first(where: { $0.hasPrefix("v") }) else {
            return nil
        }
        let numbers = word.dropFirst().split(separator: ".").map { Int($0.prefix(while: \.isNumber)) }
        guard numbers.count > 1, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major: major, minor: minor, gitVersion: String(word))
    }

    /// Whether it is 1.`minor` or a later one.
    func isAtLeast(minor: Int) -> Bool { (major, self.minor) >= (1, minor) }
}
