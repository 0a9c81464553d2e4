// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Core
import Foundation
import Judges
import Testing

/// Journals as no run of ours leaves them: whatever is in one, nothing outside of the folder changes, and the files that
/// fit stay.
struct OddJournalTests {
    private static let names = [
        "0001-renew.new", "0001-renew.pending", "0002-renew.done", "0003-renew.undoing", "0004-renew.scrap", "5-.done",
        "-1-x.done", "0006-x", ".lock", ".owner", "nonsense",
    ]
    private static let parts = ["before", "after", "manifest", "more"]
    private static let manifests = [
        "", "\n", "- front-proxy.pem -\n", "x front-proxy.pem y\n", "- ../victim/a -\n", "- /etc/passwd -\n",
        "- front-proxy.pem - more\n", "\u{0}\u{1B}[31m", "0 unknown.pem 0\n",
    ]

    private struct Dice {
        var state: UInt64

        mutating func below(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }

        mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
    }

    @Test(arguments: 0..<8)
    func anyJournalIsEndedOrNamed(_ seed: Int) throws {
        let folder = try ScratchFolder()
        let manager = FileManager.default
        try manager.createDirectory(at: folder.file("victim"), withIntermediateDirectories: false)
        try folder.write("victim/a", "precious")
        try folder.write("victim/front-proxy.pem", "precious")
        let store = try FrontProxyStore(directory: folder.file("keys").path, layout: .hardWay)
        _ = try store.ensure(FrontProxyOptions())
        let journal = folder.file("keys/.kbootstrap")
        var dice = Dice(state: UInt64(seed))
        for round in 0..<40 {
            try? manager.removeItem(at: journal)
            try manager.createDirectory(at: journal, withIntermediateDirectories: false)
            for _ in 0...dice.below(4) {
                make(journal.appending(path: dice.pick(Self.names)), in: folder, &dice, depth: 0)
            }
            let said: [String] = [
                { try "\(store.status().findings.map(\.finding.summary))" }, { try "\(store.load().problems)" },
                { try "\(store.changes())" }, { try "\(store.undo())" },
                { try "\(store.ensure(FrontProxyOptions()))" },
            ].map { (command: () throws -> String) in
                do { return try command() } catch { return "\(error)" }
            }
            #expect(said.allSatisfy { !$0.contains("precious") && !$0.contains("\u{1B}") }, "\(seed) \(round): \(said)")
            for name in ["a", "front-proxy.pem"] {
                #expect(try folder.read("victim/\(name)") == Array("precious".utf8), "\(seed) \(round)")
            }
        }
        try? manager.removeItem(at: journal)
        #expect(try store.status().findings.isEmpty)
    }

    /// A folder, a file or a link of that name, where there is none.
    private func make(_ place: URL, in folder: ScratchFolder, _ dice: inout Dice, depth: Int) {
        let manager = FileManager.default
        switch dice.below(8) {
        case 0:
            let target = dice.pick([
                "victim", "victim/a", "nowhere", "keys", "keys/.kbootstrap", "keys/front-proxy.pem",
            ])
            try? manager.createSymbolicLink(at: place, withDestinationURL: folder.file(target))
        case 1:
            try? dice.pick(Self.manifests).write(to: place, atomically: false, encoding: .utf8)
        default:
            guard depth < 3 else { return }
            try? manager.createDirectory(at: place, withIntermediateDirectories: false)
            for part in Self.parts where dice.below(3) > 0 {
                let inner = place.appending(path: part)
                if part == "manifest", dice.below(4) > 0 {
                    try? dice.pick(Self.manifests).write(to: inner, atomically: false, encoding: .utf8)
                } else {
                    make(inner, in: folder, &dice, depth: depth + 1)
                }
            }
        }
    }
}
