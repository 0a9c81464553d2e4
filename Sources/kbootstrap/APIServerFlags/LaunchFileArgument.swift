// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import SystemPackage

/// A launch file as it is named on the command line.
enum LaunchFileArgument {
    static func read(_ path: String, root: String) throws -> LaunchFile {
        guard path == "-" else { return try LaunchFile.read(path, root: root) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        // One byte over the limit is enough to be refused.
        while bytes.count <= LaunchFile.largest {
            let count = try unsafe buffer.withUnsafeMutableBytes {
                try unsafe FileDescriptor.standardInput.read(into: $0)
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return try LaunchFile(path: "standard input", bytes: bytes, root: root)
    }
}
