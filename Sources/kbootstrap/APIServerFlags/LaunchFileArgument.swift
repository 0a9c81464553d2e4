// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import SystemPackage

/// A launch file as it is named on the command line.
enum LaunchFileArgument {
    static let usualPlaces = "the one that is there of \(LaunchFile.usualPaths.joined(separator: ", "))"

    /// - Parameters:
    ///   - named: on the command line.
    ///   - command: whose argument it is.
    /// - Throws: where none is named and not one of the usual ones is there, or more than one.
    static func path(_ named: String?, of command: String) throws -> String {
        if let named { return named }
        let found = LaunchFile.usualPaths.filter(LaunchFile.isThere)
        if found.count == 1 { return found[0] }
        let places = LaunchFile.usualPaths.joined(separator: ", ")
        throw NoLaunchFile(
            description: found.isEmpty
                ? "none of the usual launch files is here: \(places)" : "there is more than one launch file: \(places)",
            hint: "kbootstrap \(command) FILE")
    }

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

/// No file was named, and none goes without saying.
struct NoLaunchFile: HintedError {
    let description: String
    let hint: String?
}
