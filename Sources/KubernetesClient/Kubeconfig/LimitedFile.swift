// SPDX-License-Identifier: Apache-2.0

internal import SystemPackage

/// Reads files that others name, with a bound.
enum LimitedFile {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The file's bytes; nil where there is none.
    ///
    /// - Throws: where it cannot be read, or is larger than `limit` bytes.
    static func read(_ path: String, atMost limit: Int) throws(Failure) -> [UInt8]? {
        do {
            let descriptor = try FileDescriptor.open(
                FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
            defer { try? descriptor.close() }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe descriptor.read(into: $0) }
                if count == 0 { return bytes }
                bytes += buffer[..<count]
                guard bytes.count <= limit else { throw Failure(description: "it is larger than \(limit) bytes") }
            }
        } catch Errno.noSuchFileOrDirectory {
            return nil
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(description: "\(error)")
        }
    }
}
