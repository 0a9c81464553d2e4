// SPDX-License-Identifier: Apache-2.0

import Dispatch
import FoundationEssentials
import Glibc
import SystemPackage

/// What the process that the user started tells the one inside the namespaces: a named pipe, one byte a message.
///
/// `unshare --fork` blocks SIGINT and SIGTERM, so signals end there; and a lab whose outer process was killed must
/// end as well, which the pipe says by its end.
enum LabLifeline {
    enum Message: UInt8, Sendable {
        /// Ctrl-C on the terminal, which the command has got from the terminal itself.
        case interruptedByKeyboard = 0x63
        /// A SIGINT from somebody else, which the command must still get.
        case interrupted = 0x69
        /// SIGTERM, SIGHUP, or the outer process is no more.
        case terminated = 0x74

        /// The exit code of a lab that ends because of it, as shells count.
        var exitCode: Int32 { self == .terminated ? 128 + SIGTERM : 128 + SIGINT }
    }

    /// The outer end: every signal that asks to end becomes a message, until the value goes.
    final class Sender {
        let path: String
        private let pipe: FileDescriptor
        private var sources: [any DispatchSourceSignal] = []

        init() throws {
            let temporary = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
            path = "\(temporary)/kbootstrap-lab-lifeline.\(UUID().uuidString)"
            guard unsafe mkfifo(path, 0o600) == 0 else {
                throw LabError("could not make the pipe \(path): \(Errno(rawValue: errno))")
            }
            // Both directions, so that the opening waits for nobody.
            pipe = try FileDescriptor.open(FilePath(path), .readWrite, options: .closeOnExec)
            for number in [SIGINT, SIGTERM, SIGHUP] { watch(number) }
        }

        private func watch(_ number: Int32) {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [pipe] in
                let isForeground = tcgetpgrp(STDIN_FILENO) == getpgrp()
                let message: Message =
                    number != SIGINT ? .terminated : isForeground ? .interruptedByKeyboard : .interrupted
                _ = try? pipe.writeAll([message.rawValue])
            }
            source.resume()
            sources.append(source)
        }

        deinit {
            for source in sources { source.cancel() }
            try? pipe.close()
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// The inner end: what the outer process says, the last being that it is gone.
    static func messages() -> AsyncStream<Message> {
        AsyncStream { stream in
            guard let path = ProcessInfo.processInfo.environment["KBOOTSTRAP_LAB_LIFELINE"],
                let pipe = try? FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            else { return }
            // Both ends are open: nobody needs the name any more, and a killed outer process leaves none behind.
            try? FileManager.default.removeItem(atPath: path)
            DispatchQueue(label: "lifeline").async {
                var byte: [UInt8] = [0]
                while unsafe (try? byte.withUnsafeMutableBytes { unsafe try pipe.read(into: $0) }) == 1 {
                    if let message = Message(rawValue: byte[0]) { stream.yield(message) }
                }
                stream.yield(.terminated)
                stream.finish()
            }
        }
    }
}
