// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import Core

/// Which front-proxy files that are there already: by folder and layout, or found by themselves.
struct FoundFilesArguments: ParsableArguments {
    @Option(help: "Folder of the files (default: where they are found: \(FrontProxyLayout.directories)).")
    var dir: String?

    @Option(help: "File names: \(FrontProxyLayout.names) (default: those that are found).")
    var layout: FrontProxyLayout?

    func validate() throws {
        if let dir, dir.isEmpty { throw ValidationError("--dir must not be empty") }
    }

    /// Every folder and layout of which there are files.
    ///
    /// - Throws: where there are none.
    func stores(_ terminal: Terminal) throws -> [FrontProxyStore] {
        let candidates = try (layout.map { [$0] } ?? FrontProxyLayout.all).map { layout in
            try FrontProxyStore(directory: dir ?? layout.defaultDirectory, layout: layout) { terminal.notice($0) }
        }
        var unreadable: FrontProxyError?
        let found = try candidates.filter { store in
            // What a run that was cut short has not put in place yet is there too.
            try store.endInterruptedChange()
            do throws(FrontProxyError) { return try store.hasFiles() } catch {
                unreadable = error
                return false
            }
        }
        guard found.isEmpty else { return found }
        if let unreadable { throw unreadable }
        let places = Set(candidates.map(\.directory)).sorted().joined(separator: " or ")
        throw NoFilesFound(
            description: "there are no front-proxy files in \(places)",
            hint: dir.map { "kbootstrap certs front-proxy --dir \(ShellWord.quoted($0))   # makes them there" }
                ?? "kbootstrap certs front-proxy   # makes them; or say where they are with --dir")
    }

    /// The one folder and layout of which there are files.
    ///
    /// - Throws: where there are none, or more than one.
    func store(_ terminal: Terminal) throws -> FrontProxyStore {
        let found = try stores(terminal)
        guard found.count == 1 else {
            let places = found.map { "--dir \(ShellWord.quoted($0.directory)) --layout \($0.layout.name)" }
            throw NoFilesFound(
                description: "there are front-proxy files in more than one place",
                hint: "say which: " + places.joined(separator: ", or "))
        }
        return found[0]
    }
}

/// There are no files to work on, or too many.
struct NoFilesFound: HintedError {
    let description: String
    let hint: String?
}
