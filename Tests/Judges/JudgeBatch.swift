// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// A leaf and its authority, each a PEM file.
public struct JudgedPair: Sendable {
    public let leaf: URL
    public let authority: URL

    public init(leaf: URL, authority: URL) {
        self.leaf = leaf
        self.authority = authority
    }
}

extension Judge {
    /// What the judge finds wrong with any of many pairs, by leaf. pkilint, which takes a second to start, and Go, which
    /// compiles first, are started once for all of them.
    public func complaints(_ pairs: [JudgedPair]) throws -> [String] {
        switch self {
        case .openssl, .certtool:
            return try pairs.compactMap { pair in
                try complaint(leaf: pair.leaf, authority: pair.authority).map {
                    "\(pair.leaf.lastPathComponent): \($0)"
                }
            }
        case .go:
            let folder = try ScratchFolder()
            let program = folder.file("verify")
            let built = try Tool.require("go").run(
                ["build", "-o", program.path, folder.write("verify.go", goVerifier).path])
            guard built.status == 0 else { return [built.output] }
            return try pairs.compactMap { pair in
                let outcome = try Tool(path: program.path).run([pair.authority.path, pair.leaf.path])
                return outcome.status == 0 ? nil : "\(pair.leaf.lastPathComponent): \(outcome.output)"
            }
        case .pkilint:
            // The linter's own interpreter, named in its first line, has the library.
            let tool = try Tool.require(rawValue)
            let first = try String(contentsOf: URL(filePath: tool.path), encoding: .utf8).prefix { $0 != "\n" }
            let folder = try ScratchFolder()
            let program = try folder.write("lint.py", lintMany)
            let files = Set(pairs.flatMap { [$0.leaf.path, $0.authority.path] }).sorted()
            let outcome = try Tool(path: String(first.dropFirst(2))).run([program.path] + files)
            return outcome.status == 0 ? [] : [outcome.output]
        }
    }
}

/// pkilint's own command line for one certificate, made into a loop. It ends with 1 where there is a finding at WARNING
/// or above, or where it judged none.
private let lintMany = """
    import sys
    from pkilint.bin import lint_pkix_cert

    validators = []
    original = lint_pkix_cert.certificate.create_pkix_certificate_validator_container
    def kept(*arguments):
        if not validators: validators.append(original(*arguments))
        return validators[0]
    lint_pkix_cert.certificate.create_pkix_certificate_validator_container = kept
    bad = len(sys.argv) < 2
    for path in sys.argv[1:]:
        if lint_pkix_cert.main(["lint", "-s", "WARNING", path]) != 0:
            print(path)
            bad = True
    sys.exit(1 if bad else 0)
    """
