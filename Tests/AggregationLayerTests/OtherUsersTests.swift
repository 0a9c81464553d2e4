// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Core
import Foundation
import Glibc
import Judges
import PKI
import Testing

/// Folders and files that another user of the machine has written, or could write, while root works there.
@Suite(.enabled(if: geteuid() == 0, "only root can make files of another user"))
struct OtherUsersTests {
    /// `nobody`, on every Linux.
    static let other: UInt32 = 65534
    static let secret = "correct-horse-battery"

    let folder: ScratchFolder
    let keys: String
    let store: FrontProxyStore

    init() throws {
        folder = try ScratchFolder()
        keys = folder.file("keys").path
        store = try FrontProxyStore(directory: keys, layout: .hardWay)
        _ = try store.ensure(FrontProxyOptions())
        try FileManager.default.createDirectory(at: folder.file("victim"), withIntermediateDirectories: false)
        for name in ["a", "b"] { try folder.write("victim/\(name)", Self.secret) }
    }

    private func path(_ name: String) -> String { "\(keys)/\(name)" }

    private func give(_ path: String, to user: UInt32 = other) throws {
        try #require(unsafe lchown(path, user, user) == 0)
    }

    private func make(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }

    private var victim: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.file("victim").path).sorted() }
    }

    /// Everything that reads or writes the folder, each with what it says.
    private func everyCommand() -> [String] {
        let commands: [() throws -> Any] = [
            { try store.status() }, { try store.load() }, { try store.ensure(FrontProxyOptions()) },
            { try store.ensure(FrontProxyOptions(dryRun: true)) }, { try store.renew(RenewalOptions()) },
            { try store.renew(RenewalOptions(dryRun: true)) }, { try store.undo() }, { try store.changes() },
            { try store.beginRotation(RotationOptions()) }, { try store.endInterruptedChange() },
            { try store.hasFiles() }, { try store.request(SigningOptions()).keyFile },
            { try store.retiredWitness() as Any },
        ]
        return commands.map { command in
            do {
                let result = try command()
                if let status = result as? FrontProxyStatus { return status.findings.map(\.finding.summary).joined() }
                return (result as? FrontProxyFiles)?.problems.joined() ?? ""
            } catch { return "\(error)" }
        }
    }

    // MARK: Journals

    /// A journal of another user's, which would have root empty a folder that it links to.
    @Test(arguments: ["scrap", "new", "done", "pending", "undoing"])
    func aPlantedJournalRemovesNothing(_ state: String) throws {
        try FileManager.default.removeItem(atPath: path(".kbootstrap"))
        try make(".kbootstrap/0001-x.\(state)")
        try link(".kbootstrap/0001-x.\(state)/after", to: folder.file("victim").path)
        try link(".kbootstrap/0002-x.\(state)", to: folder.file("victim").path)
        for name in [".kbootstrap", ".kbootstrap/0001-x.\(state)", ".kbootstrap/0002-x.\(state)"] {
            try give(path(name))
        }
        let said = everyCommand()
        #expect(try victim == ["a", "b"])
        #expect(said[0].contains("\(path(".kbootstrap")) belongs to user"), "\(said[0])")
        #expect(said[4].contains("\(path(".kbootstrap")) belongs to user"), "\(said[4])")
    }

    /// The same in a folder that is the other user's, with files that are.
    @Test func aFolderOfAnotherUserIsNotWrittenTo() throws {
        try FileManager.default.removeItem(atPath: path(".kbootstrap"))
        try make(".kbootstrap/0001-x.scrap")
        try link(".kbootstrap/0001-x.scrap/after", to: folder.file("victim").path)
        for name in [".kbootstrap", ".kbootstrap/0001-x.scrap", ""] { try give(path(name)) }
        let before = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        let said = everyCommand()
        #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() == before)
        #expect(said[0].contains("\(keys) belongs to user") && said[4].contains("\(keys) belongs to user"))
    }

    @Test(arguments: [".kbootstrap", ".kbootstrap/0001-x.scrap", ".kbootstrap/0001-x.scrap/after"])
    func noLinkOfAJournalIsFollowed(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path(".kbootstrap"))
        try make(FilePathParent.of(name))
        try link(name, to: folder.file("victim").path)
        _ = everyCommand()
        #expect(try victim == ["a", "b"])
    }

    /// In a folder with the sticky bit another user cannot replace root's files, and would have had root do it.
    @Test func aPlantedChangeIsNotCarriedOut() throws {
        let ca = try Data(contentsOf: URL(filePath: path("front-proxy-ca.pem")))
        let theirs = try FrontProxyStore(directory: folder.file("theirs").path, layout: .hardWay)
        _ = try theirs.ensure(FrontProxyOptions())
        try FileManager.default.removeItem(atPath: path(".kbootstrap"))
        for part in ["before", "after"] { try make(".kbootstrap/0001-x.pending/\(part)") }
        let after = path(".kbootstrap/0001-x.pending/after/front-proxy-ca.pem")
        try FileManager.default.copyItem(at: folder.file("theirs/front-proxy-ca.pem"), to: URL(filePath: after))
        func digest(_ path: String) throws -> Substring {
            try Tool.require("sha256sum").run([path], in: folder.url).output.prefix(64)
        }
        try folder.write(
            "keys/.kbootstrap/0001-x.pending/manifest",
            "\(try digest(after)) front-proxy-ca.pem \(try digest(path("front-proxy-ca.pem")))\n")
        for name in ["", "/0001-x.pending", "/0001-x.pending/manifest", "/0001-x.pending/after"] {
            try give(path(".kbootstrap\(name)"))
        }
        #expect(unsafe chmod(keys, 0o1777) == 0)
        let said = everyCommand()
        #expect(try Data(contentsOf: URL(filePath: path("front-proxy-ca.pem"))) == ca)
        #expect(said[0].contains("\(keys) may be written by everybody (mode 1777)"), "\(said[0])")
        // With the folder closed again, the journal is still theirs.
        #expect(unsafe chmod(keys, 0o755) == 0)
        _ = everyCommand()
        #expect(try Data(contentsOf: URL(filePath: path("front-proxy-ca.pem"))) == ca)
    }

    /// Damaged, or a link to a file of secrets: no word of it is said.
    @Test(arguments: [true, false])
    func aManifestIsNeverQuoted(_ isLink: Bool) throws {
        try make(".kbootstrap/0001-x.pending")
        let manifest = ".kbootstrap/0001-x.pending/manifest"
        if isLink {
            try link(manifest, to: folder.file("victim/a").path)
        } else {
            try folder.write("keys/" + manifest, Self.secret + "\n")
        }
        let said = everyCommand()
        #expect(said.allSatisfy { !$0.contains(Self.secret) }, "\(said)")
        #expect(said[4].contains(manifest), "\(said[4])")
    }

    // MARK: Files

    private static func refusal(_ path: String) -> String {
        "\(path) \(path.hasSuffix("-key.pem") ? "is a private key that " : "")belongs to user"
    }

    static let files = ["front-proxy-ca.pem", "front-proxy-ca-key.pem", "front-proxy.pem", "front-proxy-key.pem"]

    /// What another user could have put there is not kept, not signed for, not signed with; and status says so.
    @Test(arguments: files)
    func aFileOfAnotherUserIsRefused(_ name: String) throws {
        try give(path(name))
        let said = Self.refusal(path(name))
        for command: () throws -> Any in [
            { try store.ensure(FrontProxyOptions()) }, { try store.renew(RenewalOptions()) },
            { try store.renew(RenewalOptions(newKey: true)) }, { try store.beginRotation(RotationOptions()) },
            { try store.request(SigningOptions()).keyFile },
        ] {
            let error = try #require(throws: FrontProxyError.self) { _ = try command() }
            #expect(error.description.contains(said), "\(error)")
        }
        #expect(try store.load().problems.contains { $0.contains(said) })
        let finding = try #require(try store.status().findings.first { $0.file == path(name) })
        #expect(finding.severity == .failure && finding.finding.summary.contains(said))
    }

    /// Both files of a pair, which fit each other: only who owns them tells that they were planted.
    @Test func aPlantedPairIsNotSignedFor() throws {
        for name in ["front-proxy.pem", "front-proxy-key.pem"] { try give(path(name)) }
        #expect(throws: FrontProxyError.self) { try store.renew(RenewalOptions()) }
        #expect(throws: FrontProxyError.self) { try store.ensure(FrontProxyOptions()) }
        #expect(try store.status().findings.count { $0.short == "other owner" } == 2)
    }

    @Test(arguments: [("", mode_t(0o777)), ("", 0o1777), ("front-proxy-ca.pem", 0o666), ("front-proxy.pem", 0o646)])
    func whatOthersMayWriteIsFound(_ name: String, _ mode: mode_t) throws {
        let path = name.isEmpty ? keys : path(name)
        #expect(unsafe chmod(path, mode) == 0)
        let said = "\(path) may be written by everybody (mode \(String(mode, radix: 8)))"
        let finding = try #require(try store.status().findings.first)
        #expect(
            finding.finding.summary == said && finding.file == path
                && finding.finding.hint.text.hasPrefix("chmod go-w "))
        let error = try #require(throws: FrontProxyError.self) { try store.ensure(FrontProxyOptions()) }
        #expect(error.description == said)
    }

    /// A link that root made is followed to a certificate, another user's is not.
    @Test func onlyTrustedLinksAreFollowed() throws {
        let real = folder.file("real.pem").path
        try FileManager.default.moveItem(atPath: path("front-proxy-ca.pem"), toPath: real)
        try link("front-proxy-ca.pem", to: real)
        #expect(try store.ensure(FrontProxyOptions()).isUnchanged)
        try give(path("front-proxy-ca.pem"))
        let error = try #require(throws: FrontProxyError.self) { try store.ensure(FrontProxyOptions()) }
        #expect(error.description.contains("is a symbolic link of user"), "\(error)")
    }

    /// On the way to the folder, too.
    @Test func noLinkOfAnotherUserLeadsToTheFolder() throws {
        let other = folder.file("other").path
        try FileManager.default.createSymbolicLink(atPath: other, withDestinationPath: keys)
        let linked = try FrontProxyStore(directory: other, layout: .hardWay)
        #expect(try linked.ensure(FrontProxyOptions()).isUnchanged)
        try give(other)
        for store in [linked, try FrontProxyStore(directory: other + "/deeper", layout: .hardWay)] {
            let error = try #require(throws: FrontProxyError.self) { try store.ensure(FrontProxyOptions()) }
            #expect(error.description.contains("is a symbolic link of user"), "\(error)")
        }
        #expect(!FileManager.default.fileExists(atPath: path("deeper")))
    }

    // MARK: --owner

    /// What a command was told with `--owner`, those after it know.
    @Test func theOwnerIsRemembered() throws {
        let owned = folder.file("owned").path
        let store = try FrontProxyStore(directory: owned, layout: .hardWay)
        let owner = try FileOwner(named: "\(Self.other):\(Self.other)")
        _ = try store.ensure(FrontProxyOptions(owner: owner))
        #expect(try store.status().findings.isEmpty)
        #expect(try store.ensure(FrontProxyOptions()).isUnchanged)
        _ = try store.renew(RenewalOptions(newKey: true))
        _ = try store.undo()
        try give(owned)
        #expect(try store.status().findings.isEmpty)
        #expect(try store.load().problems.isEmpty)
        // Another one is none of them.
        try give("\(owned)/front-proxy-ca.pem", to: 4321)
        #expect(try store.status().findings.map(\.short) == ["other owner"])
    }

    /// The note of it is believed where only root could have written it.
    @Test func aPlantedOwnerIsNotBelieved() throws {
        try folder.write("keys/.kbootstrap/.owner", "\(Self.other):\(Self.other)\n")
        try give(path("front-proxy-ca.pem"))
        #expect(try store.status().findings.isEmpty)
        try give(path(".kbootstrap/.owner"))
        #expect(try store.status().findings.map(\.short) == ["other owner"])
    }

    // MARK: Keys elsewhere, backups, locks

    @Test(arguments: ["front-proxy-ca.pem", "front-proxy-ca-key.pem"])
    func aCAOfAnotherUserSignsNothing(_ name: String) throws {
        try give(path(name))
        let ca = OutsideCA(certificate: path("front-proxy-ca.pem"), key: path("front-proxy-ca-key.pem"))
        let error = try #require(throws: FrontProxyError.self) { _ = try OutsideSigner(ca) }
        #expect(error.description.contains(Self.refusal(path(name))), "\(error)")
    }

    /// `kubelet-certs issue`: a Node's folder, its certificate and its key.
    @Test(arguments: ["", "/serving.pem", "/serving-key.pem"], [true, false])
    func aPlantedServingPairIsNotSignedFor(_ name: String, _ renews: Bool) throws {
        let signer = try OutsideSigner(
            OutsideCA(certificate: path("front-proxy-ca.pem"), key: path("front-proxy-ca-key.pem")))
        let node = folder.file("node").path
        let pair = PairFiles(directory: node, certificate: "serving.pem", key: "serving-key.pem")
        func ensure(dryRun: Bool) throws -> PairFiles.Outcome {
            try pair.ensure(
                CertificateProfile(commonName: "node", purpose: .leaf([.serverAuth]), days: 1), signedBy: signer,
                algorithm: .ecdsaP256, renews: renews, dryRun: dryRun
            ) { _ in nil }.outcome
        }
        #expect(try ensure(dryRun: false) == .created)
        #expect(try ensure(dryRun: false) == (renews ? .renewed : .kept))
        try give(node + name)
        for dryRun in [true, false] {
            let error = try #require(throws: FrontProxyError.self) { try ensure(dryRun: dryRun) }
            #expect(error.description.contains(Self.refusal(node + name)), "\(error)")
        }
    }

    @Test func aBackupOfAnotherUserIsNotPutBack() throws {
        let file = try folder.write("unit", "old").path
        let store = LaunchFileStore(directory: folder.file("backups").path)
        _ = try store.replace(file, old: Array("old".utf8), with: Array("new".utf8))
        #expect(try store.lastChange(of: file) != nil)
        let backup = try #require(
            try FileManager.default.contentsOfDirectory(atPath: store.directory).first { $0.hasSuffix(".before") })
        try give("\(store.directory)/\(backup)")
        #expect(throws: LaunchFileError.self) { try store.lastChange(of: file) }
        try give("\(store.directory)/\(backup)", to: 0)
        try give(store.directory)
        #expect(throws: LaunchFileError.self) { try store.lastChange(of: file) }
        #expect(throws: LaunchFileError.self) {
            try store.replace(file, old: Array("new".utf8), with: Array("newer".utf8))
        }
    }

    /// The folder is there for everybody to open, and to lock: the lock that counts is not.
    @Test func nobodyElseCanHoldTheLock() throws {
        let descriptor = open(keys, O_RDONLY)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX) == 0)
        #expect(try store.ensure(FrontProxyOptions()).isUnchanged)
        #expect(try store.status().findings.isEmpty)
        for name in [".kbootstrap", ".kbootstrap/.lock"] {
            let mode = try FileManager.default.attributesOfItem(atPath: path(name))[.posixPermissions] as? Int
            #expect((mode ?? 0o777) & 0o077 == 0, "\(name)")
        }
    }

    @Test func aLockIsWaitedForForAStatedTime() throws {
        let held = try FolderLock(keys) { _ in }
        var notices: [String] = []
        let error = try #require(throws: FrontProxyError.self) {
            _ = try FolderLock(keys, atMost: .seconds(1)) { notices.append($0) }
        }
        #expect(error.description.contains("still locked after 1 seconds"), "\(error)")
        #expect(error.hint?.contains(".lock") == true && notices.count == 1)
        held.release()
        _ = try FolderLock(keys, atMost: .seconds(1)) { _ in }
    }
}

private enum FilePathParent {
    static func of(_ path: String) -> String { URL(filePath: path).deletingLastPathComponent().relativePath }
}
