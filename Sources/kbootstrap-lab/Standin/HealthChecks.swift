// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// /healthz, /livez and /readyz as k8s.io/apiserver answers them.
struct HealthChecks: Sendable {
    /// A named check: nil when all is well, else why not.
    struct Check: Sendable {
        let name: String
        let problem: @Sendable () async -> String?
    }

    var live: [Check] = []
    var ready: [Check] = []
    let log: KlogLine

    private static let always = ["ping", "log"].map { Check(name: $0) { nil } }

    /// Nil for a path that is not about health.
    func response(to request: ServedRequest) async -> ServedResponse? {
        let segments = request.path.split(separator: "/")
        guard let first = segments.first, segments.count <= 2 else { return nil }
        let checks: [Check]
        switch first {
        case "healthz": checks = Self.always + live
        case "livez": checks = Self.always + live
        case "readyz": checks = Self.always + ready + [Check(name: "shutdown") { nil }]
        default: return nil
        }
        guard segments.count == 2 else { return await whole(String(first), checks, request) }
        guard let one = checks.first(where: { $0.name == segments[1] }) else { return nil }
        let problem = await one.problem()
        return problem.map { .text("internal server error: \($0)\n", status: .internalServerError) } ?? .text("ok")
    }

    private func whole(_ name: String, _ checks: [Check], _ request: ServedRequest) async -> ServedResponse {
        let excluded = Set(request.query.filter { $0.name == "exclude" }.map(\.value))
        var lines = ""
        var details = ""
        var failed: [String] = []
        for check in checks {
            if excluded.contains(check.name) {
                lines += "[+]\(check.name) excluded: ok\n"
            } else if let problem = await check.problem() {
                // The reason is for the log: this path is open to everybody.
                lines += "[-]\(check.name) failed: reason withheld\n"
                details += "[-]\(check.name) failed: \(problem)\n"
                failed.append(check.name)
            } else {
                lines += "[+]\(check.name) ok\n"
            }
        }
        guard failed.isEmpty else {
            let names = failed.joined(separator: ",")
            log.plain(.info, "\(names) check failed: \(name)\n\(details)", at: "healthz.go:261", level: 2)
            return .text("\(lines)\(name) check failed\n", status: .internalServerError)
        }
        return .text(request.query.contains { $0.name == "verbose" } ? "\(lines)\(name) check passed\n" : "ok")
    }
}
