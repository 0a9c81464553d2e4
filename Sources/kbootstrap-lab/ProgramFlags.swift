// SPDX-License-Identifier: Apache-2.0

/// The flags that a program of the control plane knows, as its own `--help` lists them: releases differ, and each says so
/// itself.
struct ProgramFlags: Sendable {
    private let known: Set<Substring>

    static func of(_ program: String) async throws -> ProgramFlags {
        ProgramFlags(help: try await ShortCommand.output([program, "--help"]))
    }

    /// - Parameter help: lines such as `      --port int   …`.
    init(help: String) {
        known = Set(
            help.split(separator: "\n").compactMap { line in
                line.split(separator: " ").prefix(2).first { $0.hasPrefix("--") }
                    .map { $0.dropFirst(2).prefix { $0 != "=" } }
            })
    }

    /// Those of `flags`, such as `--port=0`, that are known here.
    func keeping(_ flags: [String]) -> [String] {
        flags.filter { known.contains($0.dropFirst(2).prefix { $0 != "=" }) }
    }
}
