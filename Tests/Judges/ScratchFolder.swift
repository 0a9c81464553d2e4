// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// A folder of a test's own, gone when the test is done with it.
public final class ScratchFolder: Sendable {
    public let url: URL

    public init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "kbootstrap-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    public var path: String { url.path }

    public func file(_ name: String) -> URL { url.appending(path: name) }

    /// Writes a file, and returns where it is.
    @discardableResult
    public func write(_ name: String, _ content: String, mode: Int = 0o644) throws -> URL {
        let file = file(name)
        try content.write(to: file, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        return file
    }

    public func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: file(name))) }

    /// Runs openssl in the folder; its failure fails the test.
    @discardableResult
    public func openssl(_ arguments: String...) throws -> String {
        let outcome = try Tool.require("openssl").run(arguments, in: url)
        guard outcome.status == 0 else { throw OpenSSLFailed(arguments: arguments, outcome: outcome) }
        return outcome.output
    }
}

struct OpenSSLFailed: Error, CustomStringConvertible {
    let arguments: [String]
    let outcome: Outcome
    var description: String { "openssl \(arguments.joined(separator: " ")): \(outcome.output)" }
}
