// SPDX-License-Identifier: Apache-2.0

import Foundation
import Judges
import PKI
import Testing

/// Which hosts a certificate is valid for: as Go says, which kubectl and kube-apiserver are made with.
struct HostNamesTests {
    private static let certificates = [
        "DNS:kubernetes", "DNS:KUBERNETES.default", "DNS:*", "DNS:*.example", "DNS:kubernetes.", "DNS:kube*",
        "DNS:*ernetes", "DNS:a.*.example", "DNS:*.*.example", "DNS:.example", "DNS:a..example", "DNS:-a.example",
        "DNS:under_score.example", "DNS:xn--bcher-kva.example", "IP:10.0.0.1", "IP:::ffff:10.0.0.1", "IP:fd00::1",
        "DNS:10.0.0.1", "DNS:10.0.0.1,IP:10.0.0.2", "email:kubernetes", "URI:https://kubernetes", nil,
    ]

    private static let hosts = [
        "kubernetes", "kubernetes.", "Kubernetes", "kubernetes.default", "a.example", "A.EXAMPLE.", "a.b.example",
        "example", ".example", "a..example", "-a.example", "under_score.example", "xn--bcher-kva.example", "10.0.0.1",
        "10.0.0.2", "::ffff:10.0.0.1", "fd00::1", "fd00:0::1", "010.0.0.1", "*.example", "kube*", "",
    ]

    @Test("every host is judged as Go judges it")
    func likeGo() throws {
        let folder = try ScratchFolder()
        let program = folder.file("names")
        let built = try Tool.require("go").run(
            ["build", "-o", program.path, folder.write("names.go", goNames).path])
        #expect(built.status == 0, "\(built.output)")
        for (index, names) in Self.certificates.enumerated() {
            let file = folder.file("\(index).pem")
            var arguments = [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem",
                "-subj", "/CN=kubernetes", "-days", "1", "-out", file.path,
            ]
            if let names { arguments += ["-addext", "subjectAltName=\(names)"] }
            let made = try Tool.require("openssl").run(arguments, in: folder.url)
            #expect(made.status == 0, "\(made.output)")
            let certificate = try #require(try Certificate.read(pem: folder.read("\(index).pem")).first)
            let verdicts = try Tool(path: program.path).run([file.path] + Self.hosts).output.split(separator: "\n")
            #expect(verdicts.count == Self.hosts.count)
            for (host, verdict) in zip(Self.hosts, verdicts) {
                // Older releases of Go take a lone `*` for any name of one label.
                let expected = verdict == "true" && names != "DNS:*"
                #expect(
                    certificate.names(host) == expected,
                    "\(names ?? "no names") for \"\(host)\": Go says \(verdict)")
            }
        }
    }
}

private let goNames = """
    package main

    import (
        "crypto/x509"
        "encoding/pem"
        "fmt"
        "os"
    )

    func main() {
        data, _ := os.ReadFile(os.Args[1])
        block, _ := pem.Decode(data)
        certificate, err := x509.ParseCertificate(block.Bytes)
        for _, host := range os.Args[2:] {
            fmt.Println(err == nil && certificate.VerifyHostname(host) == nil)
        }
    }
    """
