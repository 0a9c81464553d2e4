// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SystemPackage

/// Reads files that others name, with a bound.
enum LimitedFile {
    struct Failure: Error, CustomStringConvertible {
        let description: String
        let hint: String?
    }

    /// How long a pipe may say nothing: whoever writes it may ask for a passphrase first.
    private static let patience = Duration.seconds(60)

    /// How often a wait looks whether it was cancelled, in milliseconds.
    private static let interval: CInt = 50

    /// The file's bytes; nil where there is none.
    ///
    /// A pipe, such as a shell's `<(command)`, is waited for: never blocked on, so that Ctrl-C ends it.
    ///
    /// - Parameter patience: how long a pipe may say nothing.
    /// - Throws: where it cannot be read, is larger than `limit` bytes, or says nothing for too long.
    static func read(
        _ path: String, atMost limit: Int, patience: Duration = patience
    ) throws(Failure) -> [UInt8]? {
        do {
            let descriptor = try FileDescriptor.open(
                FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
            defer { try? descriptor.close() }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                try wait(for: descriptor, patience)
                let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe descriptor.read(into: $0) }
                if count == 0 { return bytes }
                bytes += buffer[..<count]
                guard bytes.count <= limit else {
                    throw Failure(description: "it is larger than \(limit) bytes", hint: "ls -l \(path)")
                }
            }
        } catch Errno.noSuchFileOrDirectory {
            return nil
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(description: "\(error)", hint: hint(error, path))
        }
    }

    /// Until there is something to read, or the end. A pipe that nobody has opened yet has neither.
    private static func wait(for descriptor: FileDescriptor, _ patience: Duration) throws {
        let end = ContinuousClock.now + patience
        var one = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        while true {
            let ready = unsafe poll(&one, 1, interval)
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw Errno(rawValue: errno) }
            guard !Task.isCancelled else { throw Failure(description: "interrupted", hint: nil) }
            guard ContinuousClock.now < end else {
                throw Failure(
                    description: "nobody has written to it for \(patience.components.seconds) s",
                    hint: "does the program that writes it run? or give a file")
            }
        }
    }

    private static func hint(_ error: any Error, _ path: String) -> String? {
        switch error as? Errno {
        case .permissionDenied?, .notPermitted?: "ls -l \(path)   # as which user may it be read?"
        case .isDirectory?: "ls \(path)   # which file in it?"
        default: "ls -l \(path)"
        }
    }
}
