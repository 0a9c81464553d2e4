// SPDX-License-Identifier: Apache-2.0

import Core
import AggregationLayer
import Foundation
import Judges
import Testing

/// What kube-apiserver v1.20.2 itself said to each of these command lines is written beside it: `Error: …`, or that it
/// went on to start.
@Suite struct FlagParserTests {
    /// Words, the text that is found, and a part of the hint.
    @Test(arguments: [
        // "kube-apiserver" does not take any arguments, got ["true"]
        (["--profiling", "true"], "true", "--profiling=true"),
        // unknown shorthand flag: 'r' in -requestheader-allowed-names=x
        (["-requestheader-allowed-names=x"], "-requestheader-allowed-names=x", "--requestheader-allowed-names"),
        // unknown flag: --audit-log-path x
        (["\"--audit-log-path x\""], "\"--audit-log-path x\"", "--audit-log-path=x"),
        // flag needs an argument: --v
        (["--v"], "--v", "--v=VALUE"), (["-v"], "-v", "--v=VALUE"), (["-hv"], "-hv", "--v=VALUE"),
        // bad flag syntax: ---v=2
        (["---v=2"], "---v=2", "two dashes"), (["--=2"], "--=2", "two dashes"),
        // "kube-apiserver" does not take any arguments, got ["--stray"]
        (["--", "--stray"], "--stray", "leave it out"),
        // invalid argument "a\"b" for "--api-audiences" flag: parse error on line 1, column 2
        ([#"'--api-audiences=a"b'"#], #"'--api-audiences=a"b'"#, "--api-audiences=ab"),
        // invalid argument "yes" for "--profiling" flag
        (["--profiling=yes"], "--profiling=yes", "--profiling=true"),
    ])
    func whatTheRealOneRefusesIsFound(_ words: [String], _ text: String, _ hint: String) throws {
        let findings = try HostCopy().lint(HostCopy.unit(HostCopy.healthy + words))
        #expect(findings.map(\.code.rawValue) == ["KB725"], "\(findings)")
        #expect(findings.first?.text == text)
        #expect(findings.first?.finding.hint.text.contains(hint) == true, "\(findings)")
        #expect(findings.first?.finding.summary.hasSuffix("refuses to start") == true)
    }

    @Test(arguments: [
        ["-v2"], ["-v=2"], ["-v 2"], ["--v 2"], ["--profiling"], ["--profiling=F"], ["\"\""],
        ["--tls-sni-cert-key=a,b", "--tls-sni-cert-key=c,d"], ["--feature-gates=A=true", "--feature-gates=B=true"],
        ["--service-account-key-file=a", "--service-account-key-file=b"],
        ["--service-account-issuer=https://another"], ["--a-flag-of-tomorrow", "--profiling=false"],
        ["--a-flag-of-tomorrow x"],
    ])
    func whatTheRealOneTakesIsNot(_ words: [String]) throws {
        let unit = HostCopy.unit([words[0]] + HostCopy.healthy + words.dropFirst())
        #expect(try HostCopy().lint(unit) == [])
    }

    /// One issuer alone, before 1.22.
    @Test func issuersAddUpSince122() throws {
        let unit = HostCopy.unit(HostCopy.healthy + ["--service-account-issuer=https://another"])
        #expect(try HostCopy().lint(unit, minor: 21).map(\.code.rawValue) == ["KB706"])
    }

    @Test(arguments: [
        "/bin/sh -c 'exec kube-apiserver --etcd-servers=x'", "/usr/bin/env A=1 bash -ec \"kube-apiserver --v=2\"",
    ])
    func shellsAreRefused(_ command: String) throws {
        let error = try #require(throws: LaunchFileError.self) {
            try LaunchFile(path: "a.service", bytes: Array("[Service]\nExecStart=\(command)\n".utf8))
        }
        #expect(error.description.contains("inside a shell's command line"))
    }

    @Test(arguments: [
        "/usr/sbin/ip netns exec control /usr/local/bin/kube-apiserver", "hyperkube apiserver",
        "/opt/bin/kube-apiserver-v1.31.2", "/usr/bin/numactl --interleave all /usr/bin/kube-apiserver",
    ])
    func programsThatStartItAreNoFlags(_ program: String) throws {
        let unit = "[Service]\nExecStart=\(program) \(HostCopy.healthy.joined(separator: " "))\n"
        #expect(try HostCopy().lint(unit) == [])
    }

    @Test func aLogOfItsIsNotTheProgram() throws {
        let pod = LaunchSamples.staticPod(HostCopy.healthy, mount: "/var/lib/kubernetes")
            .replacing(
                "  containers:\n", with: "  containers:\n  - name: log\n    command: [tail, -F, /kube-apiserver.log]\n")
        #expect(try HostCopy().lint(pod, path: "pod.yaml") == [])
    }

    @Test func otherProcessesAreRefused() throws {
        let folder = try ScratchFolder()
        for (pid, words) in [("1", "/sbin/init\u{0}--system\u{0}"), ("2", "/a/kube-apiserver\u{0}--v=2\u{0}")] {
            try FileManager.default.createDirectory(
                at: folder.file("proc/\(pid)"), withIntermediateDirectories: true)
            try folder.write("proc/\(pid)/cmdline", words)
        }
        let error = try #require(throws: LaunchFileError.self) { try LaunchFile.running(1, root: folder.path) }
        #expect(error.description.contains("it runs /sbin/init, not kube-apiserver"))
        #expect(try LaunchFile.running(2, root: folder.path).arguments.map(\.text) == ["/a/kube-apiserver", "--v=2"])
    }
}
