// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials

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

    func path(_ entry: Entry) -> String { "\(root)/\(entry.name)" }

    func entries() -> [Entry] {
        let found = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return found.compactMap { Entry(name: $0) }.sorted { $0.number < $1.number }
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

    func manifest(of entry: Entry) throws(FrontProxyError) -> [ManifestLine] {
        let file = "\(path(entry))/manifest"
        let text = String(decoding: try FoundFile.read(file)?.bytes ?? [], as: UTF8.self)
        var lines: [ManifestLine] = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ").map(String.init)
            guard parts.count == 3, Self.known.contains(parts[1]) else {
                throw FrontProxyError("\(file) is damaged: '\(line)'", hint: "ls -lR \(ShellWord.quoted(root))")
            }
            lines.append(
                ManifestLine(
                    digest: parts[0] == "-" ? nil : parts[0], name: parts[1], before: parts[2] == "-" ? nil : parts[2]))
        }
        guard !lines.isEmpty else {
            throw FrontProxyError("\(file) is missing or empty", hint: "ls -lR \(ShellWord.quoted(root))")
        }
        return lines
    }
}
