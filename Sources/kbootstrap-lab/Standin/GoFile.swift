// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// Reads files, and tells failures as Go's os package does.
enum GoFile {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Certificates, keys, tokens, kubeconfigs: nothing that is read here is larger, in bytes.
    static let largest = 4 << 20

    static func read(_ path: String) throws(Failure) -> [UInt8] {
        do throws(Errno) {
            let file = try FileDescriptor.openFile(path)
            return try file.readWhole()
        } catch {
            throw Failure(description: "open \(path): \(error.description.lowercased())")
        }
    }
}

extension FileDescriptor {
    fileprivate static func openFile(_ path: String) throws(Errno) -> FileDescriptor {
        do { return try FileDescriptor.open(FilePath(path), .readOnly) } catch { throw error as? Errno ?? .ioError }
    }

    /// Reads to the end and closes.
    fileprivate func readWhole() throws(Errno) -> [UInt8] {
        do {
            return try closeAfter {
                var whole: [UInt8] = []
                while whole.count < GoFile.largest {
                    let part = try unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { room, count in
                        count = try unsafe read(into: UnsafeMutableRawBufferPointer(room))
                    }
                    if part.isEmpty { break }
                    whole += part
                }
                return whole
            }
        } catch { throw error as? Errno ?? .ioError }
    }
}
