// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// Somebody else's verdict on a certificate for client authentication. The raw value is the program's name.
public enum Judge: String, CaseIterable, Sendable {
    case openssl
    case certtool
    case go
    case pkilint = "lint_pkix_cert"

    /// The judges whose programs are on PATH.
    public static let present = allCases.filter { Tool.find($0.rawValue) != nil }

    /// What the judge finds wrong with `leaf` under `authority`, or nil. Both are PEM files.
    public func complaint(leaf: URL, authority: URL) throws -> String? {
        let tool = try Tool.require(rawValue)
        switch self {
        case .openssl:
            return complaint(
                try tool.run([
                    "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", authority.path, leaf.path,
                ]))
        case .certtool:
            // The object identifier is id-kp-clientAuth.
            return complaint(
                try tool.run([
                    "--verify", "--verify-profile", "medium", "--verify-purpose", "1.3.6.1.5.5.7.3.2",
                    "--load-ca-certificate", authority.path, "--infile", leaf.path,
                ]))
        case .go:
            let folder = try ScratchFolder()
            let program = try folder.write("verify.go", goVerifier)
            return complaint(try tool.run(["run", program.path, authority.path, leaf.path]))
        case .pkilint:
            let findings = try [authority, leaf].compactMap {
                complaint(try tool.run(["lint", "-s", "WARNING", $0.path]))
            }
            return findings.isEmpty ? nil : findings.joined(separator: "\n")
        }
    }

    private func complaint(_ outcome: Outcome) -> String? {
        outcome.status == 0 ? nil : "\(rawValue) exits \(outcome.status): \(outcome.output)"
    }
}

/// The verifier that kube-apiserver is built on, asked as its request-header authenticator asks it.
let goVerifier = """
    package main

    import (
        "crypto/x509"
        "encoding/pem"
        "fmt"
        "os"
    )

    func read(path string) *x509.Certificate {
        data, err := os.ReadFile(path)
        if err != nil { fmt.Println(err); os.Exit(1) }
        block, rest := pem.Decode(data)
        if block == nil || len(rest) != 0 { fmt.Println(path, "is not one PEM block"); os.Exit(1) }
        certificate, err := x509.ParseCertificate(block.Bytes)
        if err != nil { fmt.Println(err); os.Exit(1) }
        return certificate
    }

    func main() {
        roots := x509.NewCertPool()
        roots.AddCert(read(os.Args[1]))
        _, err := read(os.Args[2]).Verify(x509.VerifyOptions{
            Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
        })
        if err != nil { fmt.Println(err); os.Exit(1) }
    }
    """
