// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a session meets in this run: which Kubernetes, and which metrics-server.
struct Surroundings: Sendable {
    /// Kubernetes' minor version: 36 of 1.36.2.
    let minor: Int
    /// As kube-apiserver prints it, such as `v1.36.2`.
    let version: String
    /// Whether a real metrics-server runs for its image, in the stand-in's place.
    let hasRealMetricsServer: Bool

    /// A lab's of this run.
    static let current: Surroundings = {
        let environment = ProcessInfo.processInfo.environment
        let version = Binaries.kubernetesVersion ?? "v1.20.2"
        let numbers = version.split(separator: ".").map { Int($0.prefix(while: \.isNumber)) ?? 0 }
        return Surroundings(
            minor: numbers.count > 1 ? numbers[1] : 20, version: version,
            hasRealMetricsServer: !(environment["KBOOTSTRAP_LAB_METRICS_SERVER"] ?? "").isEmpty)
    }()

    /// Whether a session's condition holds: `1.34-` from that version on, `-1.33` up to that one, `1.25-1.33`, or whose
    /// metrics-server it is, `real` or `stand-in`.
    ///
    /// - Returns: nil for what is no condition.
    func meets(_ condition: Substring) -> Bool? {
        if condition == "real" { return hasRealMetricsServer }
        if condition == "stand-in" { return !hasRealMetricsServer }
        let bounds = condition.split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, condition != "-" else { return nil }
        func minor(_ text: Substring) -> Int? { text.hasPrefix("1.") ? Int(text.dropFirst(2)) : nil }
        guard let first = bounds[0].isEmpty ? 0 : minor(bounds[0]),
            let last = bounds[1].isEmpty ? Int.max : minor(bounds[1])
        else { return nil }
        return (first...max(first, last)).contains(self.minor)
    }

    /// Why a lab with these options cannot be had here; nil where it can.
    ///
    /// - Parameter has: whether a program is here.
    static func reason(against lab: String, has: (String) -> Bool = Binaries.hasForLab) -> String? {
        let options = lab.split(separator: " ")
        var needed: [String] = []
        if options.contains("--rollouts") || options.contains("--real-node") {
            needed += ["kube-controller-manager", "kube-scheduler"]
        }
        if !options.contains("--bare") { needed.append("sample-apiserver") }
        let missing = needed.filter { !has($0) }
        return missing.isEmpty ? nil : "no \(missing.joined(separator: ", ")) beside kube-apiserver"
    }
}
