// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The drop-ins of a unit, in the order in which systemd reads them.
struct SystemdDropIns: Sendable {
    private(set) var files: [SystemdUnitFile] = []
    /// Those that cannot be read.
    private(set) var notes: [LaunchNote] = []

    /// The drop-ins of a unit: beside it, and in the folders that systemd reads (systemd.unit, "Unit File Load Path").
    init(of path: String, named name: String, host: HostFiles) {
        guard path.hasSuffix(".service") else { return }
        let folders =
            [path + ".d"]
            + Self.names(of: name).flatMap { name in
                [
                    "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
                    "/usr/lib/systemd/system", "/lib/systemd/system",
                ].map { host.real("\($0)/\(name).d") }
            }
        let plain = HostFiles(root: "/")
        var byName: [String: String] = [:]
        for folder in folders {
            for entry in plain.names(in: folder) where entry.hasSuffix(".conf") && !entry.hasPrefix(".") {
                if byName[entry] == nil { byName[entry] = "\(folder)/\(entry)" }
            }
        }
        for (_, file) in byName.sorted(by: { $0.key < $1.key }) {
            do throws(FrontProxyError) {
                if let found = try FoundFile.read(file) {
                    files.append(SystemdUnitFile(path: file, bytes: found.bytes))
                }
            } catch {
                // A link to /dev/null hides the drop-ins of that name; others are passed over with a warning.
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: file)
                guard target != "/dev/null" else { continue }
                let place = LaunchPlace(file: file, line: 1, column: 1)
                notes.append(LaunchNote(.dropInUnreadable, place, file, "systemd passes over \(error.description)"))
            }
        }
    }

    /// Names whose `.d` folders hold drop-ins: `a-b.service`, `a-.service`, `service`.
    private static func names(of unit: String) -> [String] {
        let parts = unit.dropLast(".service".count).split(separator: "-", omittingEmptySubsequences: false)
        let prefixes = (1..<max(parts.count, 1)).reversed().map {
            parts.prefix($0).joined(separator: "-") + "-.service"
        }
        return [unit] + prefixes + ["service"]
    }
}
