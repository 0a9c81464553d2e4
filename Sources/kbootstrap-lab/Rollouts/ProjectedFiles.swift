// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import SystemPackage

/// A Secret's files in a volume, as the kubelet lays them out (k8s.io/kubernetes, pkg/volume/util/atomic_writer.go):
/// each name leads through `..data` to a folder of one version, so that all files change at the same moment.
struct ProjectedFiles {
    let folder: String

    /// Writes nothing where the files are these already.
    func write(_ files: [String: [UInt8]]) throws {
        let manager = FileManager.default
        let current = files.keys.allSatisfy { name in
            (try? Data(contentsOf: URL(filePath: "\(folder)/..data/\(name)"))).map { Array($0) } == files[name]
        }
        if current, manager.fileExists(atPath: "\(folder)/..data") { return }
        let version = "..\(UUID().uuidString)"
        let former = try? manager.destinationOfSymbolicLink(atPath: "\(folder)/..data")
        try manager.createDirectory(atPath: "\(folder)/\(version)", withIntermediateDirectories: true)
        for (name, bytes) in files { try Data(bytes).write(to: URL(filePath: "\(folder)/\(version)/\(name)")) }
        try manager.createSymbolicLink(atPath: "\(folder)/..data_tmp", withDestinationPath: version)
        try rename("\(folder)/..data_tmp", to: "\(folder)/..data")
        for name in files.keys where (try? manager.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")) == nil {
            try manager.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: "..data/\(name)")
        }
        if let former { try manager.removeItem(atPath: "\(folder)/\(former)") }
    }

    private func rename(_ source: String, to destination: String) throws {
        guard unsafe Glibc.rename(source, destination) == 0 else {
            throw LabError("\(source) could not be renamed to \(destination): \(Errno(rawValue: errno))")
        }
    }
}
