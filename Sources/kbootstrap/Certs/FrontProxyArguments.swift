// SPDX-License-Identifier: Apache-2.0

public import AggregationLayer
public import ArgumentParser
import Core
import KubernetesClient

/// Where the front-proxy files are, and by which names.
struct FrontProxyArguments: ParsableArguments {
    @Option(help: "Folder of the files (default: the layout's, \(FrontProxyLayout.directories)).")
    var dir: String?

    @Option(help: "File names and common names: \(FrontProxyLayout.names).")
    var layout = FrontProxyLayout.hardWay

    func validate() throws {
        if let dir, dir.isEmpty { throw ValidationError("--dir must not be empty") }
    }

    static func check(commonName: String) throws {
        guard (1...64).contains(commonName.utf8.count) else {
            throw ValidationError("--common-name must be 1 to 64 bytes long (RFC 5280, ub-common-name)")
        }
        if commonName.contains(where: { $0 == "," || $0.isWhitespace || "'\"".contains($0) })
            || commonName.singleLine != commonName
        {
            throw ValidationError(
                "--common-name must have no commas, quotes, spaces or control characters: --requestheader-allowed-names would not hold it"
            )
        }
    }

    func store(_ terminal: Terminal) throws -> FrontProxyStore {
        try FrontProxyStore(directory: dir ?? layout.defaultDirectory, layout: layout) { terminal.notice($0) }
    }

    /// These options as they must be typed for another command to mean the same files; empty for the defaults.
    var asTyped: String {
        (layout == .hardWay ? "" : " --layout \(layout.name)") + (dir.map { " --dir \(ShellWord.quoted($0))" } ?? "")
    }
}

extension FrontProxyLayout: ExpressibleByArgument {
    public init?(argument: String) {
        guard let layout = Self.all.first(where: { $0.name == argument }) else { return nil }
        self = layout
    }

    public var defaultValueDescription: String { name }
    public static var allValueStrings: [String] { all.map(\.name) }

    static var names: String { all.map(\.name).joined(separator: ", ") }
    static var directories: String { all.map { "\($0.defaultDirectory) for \($0.name)" }.joined(separator: ", ") }
}
