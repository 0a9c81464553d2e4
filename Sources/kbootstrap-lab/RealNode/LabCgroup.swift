// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// The lab's own cgroup, in each of the machine's hierarchies: what contains its containers. No namespace takes it away
/// with the lab, so the lab does.
struct LabCgroup: Sendable {
    let name: String

    /// The folders that controllers of cgroup v1 are mounted at; none where the machine has v2 only.
    static let hierarchies = mounts("cgroup")

    private static func mounts(_ type: String) -> [String] {
        let mounts = (try? String(contentsOf: URL(filePath: "/proc/self/mounts"), encoding: .utf8)) ?? ""
        return mounts.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            return words.count > 2 && words[2] == type ? String(words[1]) : nil
        }
    }

    func make() throws {
        for folder in Self.hierarchies.map({ "\($0)/\(name)" }) {
            guard unsafe mkdir(folder, 0o755) == 0 else {
                throw LabError("the cgroup \(folder) could not be made: \(unsafe String(cString: strerror(errno)))")
            }
        }
    }

    /// Takes the cgroup away, and those in it. No process may be left there.
    func remove() {
        // runc makes its own where v2 is mounted beside v1.
        for folder in Self.hierarchies + Self.mounts("cgroup2") { remove("\(folder)/\(name)") }
    }

    /// The kernel's own files go with their folder. It may take a moment to see that the last process has gone.
    private func remove(_ folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] { remove("\(folder)/\(name)") }
        for _ in 0..<100 {
            guard unsafe rmdir(folder) != 0, errno == EBUSY else { return }
            usleep(20_000)
        }
    }
}
