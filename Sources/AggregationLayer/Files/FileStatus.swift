// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Glibc

/// What a name in a folder stands for: its kind, who may do what with it, and how many names it has.
struct FileStatus: Equatable {
    enum Kind: Equatable {
        case file, folder, link, fifo, socket, device, unknown
    }

    let kind: Kind
    /// The permission bits.
    let mode: mode_t
    let owner: FileOwner
    let names: Int
    /// In bytes.
    let size: Int
    /// When its bytes were written.
    let written: Date
    private let device: dev_t
    private let inode: ino_t

    init(_ found: stat) {
        kind =
            switch found.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            case S_IFCHR, S_IFBLK: .device
            default: .unknown
            }
        mode = found.st_mode & 0o7777
        owner = FileOwner(user: found.st_uid, group: found.st_gid)
        names = Int(found.st_nlink)
        size = Int(found.st_size)
        written = Date(timeIntervalSince1970: TimeInterval(found.st_mtim.tv_sec))
        device = found.st_dev
        inode = found.st_ino
    }

    /// Whether both are names of one file.
    func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }

    /// Such as `a folder`.
    var kindName: String {
        switch kind {
        case .file: "a file"
        case .folder: "a folder"
        case .link: "a symbolic link"
        case .fifo: "a FIFO"
        case .socket: "a socket"
        case .device: "a device"
        case .unknown: "of an unknown kind"
        }
    }
}
