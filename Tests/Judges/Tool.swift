// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// A program of somebody else's that judges, or makes test material.
public struct Tool: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    /// The program called `name` on PATH, or nil.
    public static func find(_ name: String) -> Tool? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.lazy.map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
            .map { Tool(path: $0) }
    }

    /// The program called `name`; its absence fails the test that needs it.
    public static func require(_ name: String) throws -> Tool {
        guard let tool = find(name) else { throw ToolMissing(name: name) }
        return tool
    }

    /// Runs the program to its end, with nothing on its standard input.
    @discardableResult
    public func run(_ arguments: [String], in folder: URL? = nil) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = folder }
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }
}

/// How a program ended, and what it said on either stream.
public struct Outcome: Sendable {
    public let status: Int32
    public let output: String
}

/// A program that a test cannot do without.
public struct ToolMissing: Error, CustomStringConvertible {
    public let name: String
    public var description: String { "\(name) is not on PATH" }
}
