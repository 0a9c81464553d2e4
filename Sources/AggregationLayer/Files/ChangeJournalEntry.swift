// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import SystemPackage

/// What a journal's changes are called on disk, and what each says of its files.
extension ChangeJournal {
    /// One change, by the name of its folder: `0001-renew.done`.
    struct Entry: Equatable {
        enum State: String {
            /// Being written: it counts for nothing yet.
            case new
            /// Counts, and may not be in place yet.
            case pending
            /// In place, and can be taken back.
            case done
            /// Is being taken back.
            case undoing
            /// Counts for nothing any more, and is being removed.
            case scrap
        }

        let number: Int
        let operation: String
        let state: State

        var name: String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "-\(operation).\(state.rawValue)"
        }

        init(number: Int, operation: String, state: State) {
            self.number = number
            self.operation = operation
            self.state = state
        }

        init?(name: String) {
            guard let dot = name.lastIndex(of: "."),
                let state = State(rawValue: String(name[name.index(after: dot)...])),
                let dash = name.firstIndex(of: "-"), dash < dot,
                // Far more changes than a folder ever sees; what is larger is not ours.
                let number = Int(name[..<dash]), (0..<1_000_000_000).contains(number)
            else { return nil }
            self.init(number: number, operation: String(name[name.index(after: dash)..<dot]), state: state)
        }

        func with(_ state: State) -> Entry { Entry(number: number, operation: operation, state: state) }
    }

    func entries() throws(FrontProxyError) -> [Entry] {
        try root.names().compactMap { Entry(name: $0) }.sorted { $0.number < $1.number }
    }

    /// A change's folder.
    ///
    /// - Throws: where it is not there, or somebody else could have made it.
    func change(_ entry: Entry) throws(FrontProxyError) -> Folder { try trusted(entry.name, in: root) }

    /// The folder of the files as they were (`before`) or are to be (`after`).
    func part(_ name: String, of entry: Entry) throws(FrontProxyError) -> Folder {
        try trusted(name, in: try change(entry))
    }

    private func trusted(_ name: String, in folder: Folder) throws(FrontProxyError) -> Folder {
        guard let found = try folder.folder(name) else {
            throw .system("open the folder", folder.path(of: name), .noSuchFileOrDirectory)
        }
        try owners.require(found.status, found.path)
        return found
    }

    /// The files of every layout: two may share a folder, and so a journal.
    private static let known = Set(FrontProxyLayout.all.flatMap(\.files))

    struct ManifestLine {
        /// Of the file as the change leaves it; nil for a file that it removes.
        let digest: String?
        let name: String
        /// Of the file before the change; nil where there was none.
        let before: String?

        var text: String { "\(digest ?? "-") \(name) \(before ?? "-")\n" }
    }

    /// - Throws: where it is missing or damaged, without a word of what is in it.
    func manifest(of entry: Entry) throws(FrontProxyError) -> [ManifestLine] {
        let change = try change(entry)
        func refusal(_ why: String) -> FrontProxyError {
            FrontProxyError(
                "\(change.path(of: "manifest")) \(why)", hint: "ls -lR \(ShellWord.quoted(root.path))")
        }
        guard let file = try FoundFile.read("manifest", in: change, followingLinksOf: nil), !file.bytes.isEmpty else {
            throw refusal("is missing or empty")
        }
        try owners.require(file.status, file.path)
        var lines: [ManifestLine] = []
        for (index, line) in file.bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            let parts = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            guard parts.count == 3, Self.known.contains(parts[1]) else {
                throw refusal("is damaged in line \(index + 1)")
            }
            lines.append(
                ManifestLine(
                    digest: parts[0] == "-" ? nil : parts[0], name: parts[1], before: parts[2] == "-" ? nil : parts[2]))
        }
        return lines
    }
}
