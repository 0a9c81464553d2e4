// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import Glibc

/// Who may own what a command keeps, signs for or signs with: root, the caller, and the user that `--owner` names.
/// Whoever else owns a file or its folder, or may write it, could have put something else there.
struct TrustedOwners: Sendable {
    private var users: Set<UInt32> = [0, geteuid(), Self.caller]

    /// Who typed the command: under sudo(8) the user that it names, who may become root anyway. Files that were moved
    /// into place with sudo, as the walkthrough does it, are that user's.
    private static var caller: UInt32 {
        guard geteuid() == 0, let text = unsafe getenv("SUDO_UID") else { return geteuid() }
        return unsafe UInt32(String(cString: text)) ?? 0
    }

    /// The command that makes another owner a trusted one, but for its name; nil where there is none.
    private let remedy: String?

    init(_ owner: FileOwner? = nil, remedy: String? = nil) {
        self.remedy = remedy
        if let owner { users.insert(owner.user) }
    }

    func including(_ owner: FileOwner) -> TrustedOwners {
        var wider = self
        wider.users.insert(owner.user)
        return wider
    }

    func contains(_ owner: FileOwner) -> Bool { users.contains(owner.user) }

    /// Throws where somebody else could have made or changed it.
    ///
    /// - Parameters:
    ///   - path: as the message names it.
    ///   - what: what it is, where the message is to say so.
    func require(_ status: FileStatus, _ path: String, _ what: String? = nil) throws(FrontProxyError) {
        if let distrust = distrust(of: status, path, what) { throw distrust.error }
    }

    /// What speaks against a file or a folder; nil where nobody else could have made or changed it.
    func distrust(of status: FileStatus, _ path: String, _ what: String? = nil) -> Distrust? {
        let quoted = ShellWord.quoted(path)
        guard contains(status.owner) else {
            let user = status.owner.userName
            let other = remedy.map { ", or, if kube-apiserver runs as \(user): \($0) \(status.owner)" } ?? ""
            let trusted = ["root"] + (Self.caller == 0 ? [] : ["you"]) + (remedy == nil ? [] : ["--owner"])
            return Distrust(
                error: FrontProxyError(
                    "\(path) \(what.map { "is \($0) that " } ?? "")belongs to user \(user): "
                        + "only \(trusted.joined(separator: " or ")) may own it",
                    hint: "ls -ld \(quoted)   # if it is yours: chown \(geteuid()) \(quoted)\(other)"),
                short: "other owner", isRepairedByHint: false)
        }
        let others = status.mode & 0o002 != 0
        guard others || (status.mode & 0o020 != 0 && !status.owner.isAloneInGroup) else { return nil }
        let who = others ? "everybody" : "group \(status.owner.groupName)"
        return Distrust(
            error: FrontProxyError(
                "\(path) may be written by \(who) (mode \(String(status.mode, radix: 8)))",
                hint: "chmod go-w \(quoted)"), short: "others may write", isRepairedByHint: true)
    }
}

/// Why a file or a folder is not trusted, as a sentence and in two words.
struct Distrust {
    let error: FrontProxyError
    let short: String
    /// Whether the error's hint repairs it, or finds out more.
    let isRepairedByHint: Bool
}
