// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Who is to own the files: for a kube-apiserver that does not run as root.
public struct FileOwner: Sendable, Equatable, CustomStringConvertible {
    let user: UInt32
    let group: UInt32

    /// `user:group`, by name where this machine has one.
    public var description: String { "\(userName):\(groupName)" }

    /// By name where this machine has one.
    var userName: String { unsafe getpwuid(user).map { unsafe String(cString: $0.pointee.pw_name) } ?? "\(user)" }
    var groupName: String { unsafe getgrgid(group).map { unsafe String(cString: $0.pointee.gr_name) } ?? "\(group)" }

    /// Whether the group is the user's own, as useradd(8) makes one for each user: what it may do, nobody else may.
    var isAloneInGroup: Bool {
        guard let entry = unsafe getpwuid(user), let group = unsafe getgrgid(group), userName == groupName,
            unsafe entry.pointee.pw_gid == group.pointee.gr_gid
        else { return false }
        guard var member = unsafe group.pointee.gr_mem else { return true }
        while let name = unsafe member.pointee {
            guard unsafe String(cString: name) == userName else { return false }
            unsafe member += 1
        }
        return true
    }

    init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }

    /// `user:group`, `user` for that user's own group, or numbers in place of names.
    ///
    /// - Throws: where there is no such user or group on this machine.
    public init(named text: String) throws(FrontProxyError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
            throw FrontProxyError("'\(text)' is not USER or USER:GROUP", hint: nil)
        }
        var ownGroup: UInt32?
        if let entry = unsafe getpwnam(parts[0]) {
            user = unsafe entry.pointee.pw_uid
            ownGroup = unsafe entry.pointee.pw_gid
        } else if let number = Self.number(parts[0]) {
            user = number
        } else {
            throw FrontProxyError("there is no user '\(parts[0])' on this machine", hint: "getent passwd")
        }
        guard parts.count == 2 else {
            guard let ownGroup else {
                throw FrontProxyError("user \(parts[0]) has no group of its own here: give USER:GROUP", hint: nil)
            }
            group = ownGroup
            return
        }
        if let entry = unsafe getgrnam(parts[1]) {
            group = unsafe entry.pointee.gr_gid
        } else if let number = Self.number(parts[1]) {
            group = number
        } else {
            throw FrontProxyError("there is no group '\(parts[1])' on this machine", hint: "getent group")
        }
    }

    /// The largest number is none: to chown(2) it says "leave it as it is".
    private static func number(_ text: String) -> UInt32? { UInt32(text).flatMap { $0 == .max ? nil : $0 } }
}
