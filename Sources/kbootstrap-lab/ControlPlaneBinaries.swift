// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// Where the control plane's programs are.
struct ControlPlaneBinaries: Sendable {
    private let folders: [String]

    /// `KUBEBUILDER_ASSETS` (the ecosystem's convention), the cache that scripts/control-plane fills, then PATH.
    static func find(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> ControlPlaneBinaries {
        let home = environment["HOME"] ?? "/root"
        let cache =
            environment["KBOOTSTRAP_CACHE"] ?? (environment["XDG_CACHE_HOME"] ?? home + "/.cache") + "/kbootstrap"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: cache + "/control-plane")) ?? []
        let cached = versions.filter { $0.hasPrefix("v") }.sorted().reversed().map { "\(cache)/control-plane/\($0)" }
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return ControlPlaneBinaries(folders: [environment["KUBEBUILDER_ASSETS"]].compactMap { $0 } + cached + path)
    }

    func path(of name: String) throws -> String {
        for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw LabError("there is no \(name) here", hint: "scripts/control-plane   # finds or builds it, once")
    }
}
