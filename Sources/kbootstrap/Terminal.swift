// SPDX-License-Identifier: Apache-2.0

import Core
import Glibc
import KubernetesClient
import PKI
@preconcurrency @unsafe import Rainbow
import Synchronization
import SystemPackage

/// The one place that prints. Its rules:
///
/// - stdout is the result and nothing else; progress, notices, hints and errors go to stderr;
/// - no colour and no cursor movement unless that stream is a terminal (`NO_COLOR` and `--color` decide further);
/// - without a terminal, progress is one plain line a change of state, never a rewritten one;
/// - a message is one line: names in certificates and answers of servers are somebody else's text;
/// - `--quiet` silences progress, notices and hints, never results, errors and warnings;
/// - a reader that closed the pipe ends the program quietly, as `head` expects.
struct Terminal: Sendable {
    let quiet: Bool
    let colorsResults: Bool
    let colorsMessages: Bool
    private let rewrites: Bool

    init(quiet: Bool, color: ColorMode, environment: [String: String]) {
        let outIsTerminal = isatty(STDOUT_FILENO) == 1
        let errIsTerminal = isatty(STDERR_FILENO) == 1
        let dumb = environment["TERM"] == "dumb"
        let wanted: Bool? =
            switch color {
            case .always: true
            case .never: false
            case .auto: environment["NO_COLOR"].map { $0.isEmpty } ?? true ? nil : false
            }
        self.quiet = quiet
        colorsResults = wanted ?? (outIsTerminal && !dumb)
        colorsMessages = wanted ?? (errIsTerminal && !dumb)
        rewrites = errIsTerminal && !dumb
    }

    // MARK: Results

    /// Writes a result, as it is.
    func result(_ text: String) {
        clearProgress()
        write(text.hasSuffix("\n") || text.isEmpty ? text : text + "\n", to: .standardOutput)
    }

    /// Writes a change of a file, whose text is somebody else's: what a terminal would obey is made visible, but for the
    /// carriage return of a line that ends with one.
    func diff(_ text: String) {
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        result(
            lines.map { line in
                line.last == "\r" ? String(line.dropLast()).escapingControls + "\r" : String(line).escapingControls
            }.joined(separator: "\n"))
    }

    // MARK: Messages

    /// Something worth knowing that is not the result.
    func notice(_ text: String) {
        guard !quiet else { return }
        warning(text)
    }

    /// Something that makes the result less safe than it looks: `--quiet` shows it too.
    func warning(_ text: String) {
        clearProgress()
        write("\(styled(.yellow, "note:")) \(text.singleLine)\n", to: .standardError)
    }

    /// What begins now, where several things are done in turn.
    func heading(_ text: String) {
        guard !quiet else { return }
        clearProgress()
        write("\(styled(.cyan, "==> \(text.singleLine)"))\n", to: .standardError)
    }

    /// What to type next.
    func next(_ command: String) {
        guard !quiet else { return }
        clearProgress()
        write("\(styled(.cyan, "next:")) \(command.singleLine)\n", to: .standardError)
    }

    /// The same, said for what it is: a command that repairs, one that finds out more, or a sentence.
    func hint(_ hint: Hint) {
        guard !quiet else { return }
        clearProgress()
        write("\(styled(.cyan, "\(hint.label):")) \(hint.text.escapingControls)\n", to: .standardError)
    }

    /// Asks; the answer is read on the same line.
    func question(_ text: String) {
        clearProgress()
        write("\(text.singleLine) ", to: .standardError)
    }

    /// What could not be done, why, and what to type about it.
    func failure(_ text: String, hint: String?) {
        clearProgress()
        write("\(styled(.red, "error:")) \(text.singleLine)\n", to: .standardError)
        if let hint { write("\(styled(.cyan, " hint:")) \(hint.singleLine)\n", to: .standardError) }
    }

    /// The state of something that takes time: one line, rewritten on a terminal, appended elsewhere when `state` changes.
    ///
    /// - Parameters:
    ///   - state: what is being waited for; a new line is written elsewhere than on a terminal only when it changes.
    ///   - detail: what changes all the time, such as seconds; shown on a terminal only.
    func progress(_ state: String, detail: String = "") {
        guard !quiet else { return }
        if rewrites {
            let line = (detail.isEmpty ? state : "\(state) \(detail)").singleLine
            write("\r\u{1B}[2K\(String(line.prefix(columns - 1)))", to: .standardError)
            progressState.withLock { $0 = .shown(state) }
        } else {
            let isNew = progressState.withLock { previous in
                guard previous != .shown(state) else { return false }
                previous = .shown(state)
                return true
            }
            if isNew { write(state.singleLine + "\n", to: .standardError) }
        }
    }

    /// Takes a rewritten line off the terminal, so that what follows starts on a clean one.
    func clearProgress() {
        guard rewrites else { return }
        let wasShown = progressState.withLock { previous in
            defer { previous = .none }
            return previous != .none
        }
        if wasShown { write("\r\u{1B}[2K", to: .standardError) }
    }

    /// Asks for a secret on the terminal that the program was started from, without showing what is typed. Ctrl-C ends
    /// the program: nothing has begun yet.
    ///
    /// - Returns: nil where there is no such terminal, or nothing was typed.
    func secret(_ prompt: String) -> SecretBytes? {
        guard let tty = try? unsafe FileDescriptor.open("/dev/tty", .readWrite, options: [.closeOnExec, .nonBlocking])
        else {
            return nil
        }
        defer { try? tty.close() }
        var shown = termios()
        guard unsafe tcgetattr(tty.rawValue, &shown) == 0 else { return nil }
        var hidden = shown
        // Key by key, Ctrl-C included: as a signal it would not end the reading.
        hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard unsafe tcsetattr(tty.rawValue, TCSAFLUSH, &hidden) == 0 else { return nil }
        write(prompt, to: tty)
        var isInterrupted = false
        let line = unsafe SecretBytes.reading(upTo: 1024) { buffer in
            var count = 0
            while count < buffer.count {
                guard tty.waitsForInput() else {
                    isInterrupted = true
                    return 0
                }
                guard unsafe read(tty.rawValue, buffer.baseAddress?.advanced(by: count), 1) == 1 else {
                    // Another program of the same terminal may have taken what was typed.
                    if errno == EAGAIN || errno == EINTR { continue }
                    break
                }
                switch unsafe buffer[count] {
                case 0x0A, 0x0D: return count
                case 0x03, 0x04:  // Ctrl-C, Ctrl-D
                    isInterrupted = true
                    return 0
                case 0x08, 0x7F: count = max(0, count - 1)
                default: count += 1
                }
            }
            return count
        }
        _ = unsafe tcsetattr(tty.rawValue, TCSAFLUSH, &shown)
        write("\n", to: tty)
        if isInterrupted {
            failure("interrupted", hint: nil)
            exit(ExitStatus.interrupted.rawValue)
        }
        guard line.count > 0 else { return nil }
        return line
    }

    /// Reads a line that answers a question from the standard input; nil at its end.
    ///
    /// - Throws: `CancellationError` where the program is to end.
    func answer() throws(CancellationError) -> String? {
        var line: [UInt8] = []
        while line.count < 1024 {
            guard FileDescriptor.standardInput.waitsForInput() else { throw CancellationError() }
            var byte: UInt8 = 0
            guard unsafe read(STDIN_FILENO, &byte, 1) == 1 else { return line.isEmpty ? nil : Self.text(line) }
            if byte == 0x0A { break }
            line.append(byte)
        }
        return Self.text(line)
    }

    private static func text(_ line: [UInt8]) -> String { String(decoding: line, as: UTF8.self) }

    private var columns: Int {
        var size = winsize()
        let known = unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20
        return known ? Int(size.ws_col) : 80
    }

    private func styled(_ color: TerminalColor, _ text: String) -> String {
        Self.styled(color, text, when: colorsMessages)
    }

    /// Coloured text where the stream shows colours.
    static func styled(_ color: TerminalColor, _ text: String, when colors: Bool) -> String {
        // Rainbow's own switch looks at stdout only; ours knows which stream the text is for.
        guard colors else { return text }
        Rainbow.outputTarget = .console
        Rainbow.enabled = true
        return Rainbow.generateString(
            for: Rainbow.Entry(segments: [Rainbow.Segment(text: text, color: .named(color.named))]))
    }

    private func write(_ text: String, to stream: FileDescriptor) {
        do {
            _ = try stream.writeAll(Array(text.utf8))
        } catch Errno.brokenPipe {
            exit(141)  // what a shell reports for a program that SIGPIPE ended
        } catch {
            // There is nowhere left to say it; the exit code of a failed write is what remains.
            if stream == .standardOutput { exit(ExitStatus.failed.rawValue) }
        }
    }
}

/// The colours that are used.
enum TerminalColor {
    case green, yellow, red, cyan, lightBlack

    fileprivate var named: NamedColor {
        switch self {
        case .green: .green
        case .yellow: .yellow
        case .red: .red
        case .cyan: .cyan
        case .lightBlack: .lightBlack
        }
    }
}

/// When to colour.
enum ColorMode: String, CaseIterable, Sendable {
    case auto, always, never
}

private enum ProgressState: Equatable, Sendable {
    case none
    case shown(String)
}

private let progressState = Mutex(ProgressState.none)
