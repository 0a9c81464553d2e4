// SPDX-License-Identifier: Apache-2.0

/// What to do about a finding. A value: who shows it decides how, and nobody reads its text again.
public enum Hint: Sendable, Equatable {
    /// A command that repairs it.
    case fix(Command, _ remark: String = "")
    /// A command that finds out more.
    case look(Command, _ remark: String = "")
    /// A sentence, where no command can be given.
    case advice(String)

    /// Whether it repairs what was found.
    public var isFix: Bool { if case .fix = self { true } else { false } }

    /// What stands before it: `fix`, `next` or `note`.
    public var label: String {
        switch self {
        case .fix: "fix"
        case .look: "next"
        case .advice: "note"
        }
    }

    /// The command alone, or the sentence.
    public var typed: String {
        switch self {
        case .fix(let command, _), .look(let command, _): command.text
        case .advice(let sentence): sentence
        }
    }

    /// What is to be known about the command; empty where there is nothing.
    public var remark: String {
        switch self {
        case .fix(_, let remark), .look(_, let remark): remark
        case .advice: ""
        }
    }

    /// The command with its remark as a comment, or the sentence: one line.
    public var text: String {
        typed + (remark.isEmpty ? "" : "   # \(remark)")
    }

    /// The same, with the slots of its command filled.
    ///
    /// - Parameter remarks: say what filling a slot means, in place of the hint's own remark.
    public func filled(with values: [Command.Slot: Command], remarks: [Command.Slot: String] = [:]) -> Hint {
        func remark(_ command: Command, _ own: String) -> String {
            remarks.first { command.mentions($0.key) }?.value ?? own
        }
        return switch self {
        case .fix(let command, let own): .fix(command.filled(with: values), remark(command, own))
        case .look(let command, let own): .look(command.filled(with: values), remark(command, own))
        case .advice: self
        }
    }
}
