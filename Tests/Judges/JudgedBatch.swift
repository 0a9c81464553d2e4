// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// Many pairs for one run of a judge: Go's compiler and Python's start cost more than the judging.
extension Judge {
    /// What the judge finds wrong with the pairs, each with the leaf's name in front; none where it finds nothing.
    public func complaints(_ pairs: [(leaf: URL, authority: URL)]) throws -> [String] {
        switch self {
        case .openssl, .certtool:
            return try pairs.compactMap { pair in
                try complaint(leaf: pair.leaf, authority: pair.authority)
                    .map { "\(pair.leaf.lastPathComponent): \($0)" }
            }
        case .go:
            let folder = try ScratchFolder()
            let program = try folder.write("verify.go", goVerifier)
            return lines(
                try Tool.require(rawValue).run(
                    ["run", program.path] + pairs.flatMap { [$0.authority.path, $0.leaf.path] }))
        case .pkilint:
            // The linter's own interpreter stands in its first line.
            let script = try String(contentsOfFile: try Tool.require(rawValue).path, encoding: .utf8)
            let interpreter = script.split(separator: "\n").first.map { String($0.dropFirst(2)) } ?? ""
            return lines(
                try Tool(path: interpreter).run(
                    ["-c", batchLinter] + pairs.flatMap { [$0.authority.path, $0.leaf.path] }))
        }
    }

    private func lines(_ outcome: Outcome) -> [String] {
        let lines = outcome.output.split(separator: "\n").map(String.init).filter { !$0.isEmpty }
        return outcome.status == 0 && lines.isEmpty ? [] : lines + ["\(rawValue) exits \(outcome.status)"]
    }
}

private let batchLinter = """
    import contextlib, io, sys
    from pkilint.bin.lint_pkix_cert import main
    failed = 0
    for path in sys.argv[1:]:
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = main(["lint", "-s", "WARNING", path])
        if code or output.getvalue().strip():
            failed = 1
            print(path, code, output.getvalue().replace("\\n", " "))
    sys.exit(failed)
    """
