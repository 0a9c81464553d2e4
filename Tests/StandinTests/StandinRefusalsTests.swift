// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import kbootstrap_lab

/// The stand-in's program: it refuses what each release of metrics-server refuses, with status 2.
@Suite(
    .enabled(
        if: (try? LabMetricsServer.standin.program()) != nil,
        "scripts/control-plane --metrics-server builds the stand-in"))
struct StandinRefusalsTests {
    @Test(arguments: ["v0.6.4", "v0.7.2", "v0.8.1", "v0.9.0"])
    func printsTheReleaseThatItStandsInFor(release: String) throws {
        let (status, printed) = try outcome(["--version"], release: release)
        #expect(status == 0)
        #expect(printed == release + "\n")
    }

    @Test(
        arguments: [
            (["--nonsense"], "v0.9.0", "unknown flag: --nonsense"),
            (["--kubelet-request-timeout=5s"], "v0.6.1", "unknown flag: --kubelet-request-timeout"),
            (["--node-selector=a"], "v0.6.1", "unknown flag: --node-selector"),
            (["-l=a"], "v0.6.1", "unknown shorthand flag: 'l' in -l=a"),
            (["--requestheader-uid-headers=a"], "v0.7.2", "unknown flag: --requestheader-uid-headers"),
            (["--logtostderr"], "v0.9.0", "unknown flag: --logtostderr"),
            (["-x"], "v0.9.0", "unknown shorthand flag: 'x' in -x"),
            (["--secure-port"], "v0.9.0", "flag needs an argument: --secure-port"),
            (
                ["--secure-port=https"], "v0.9.0",
                #"invalid argument "https" for "--secure-port" flag: strconv.ParseInt: parsing "https": invalid syntax"#
            ),
            (
                ["--metric-resolution=5s"], "v0.6.1",
                "metric-resolution should be a time duration at least 10s, but value 5s provided"
            ),
            (
                ["--metric-resolution=11s"], "v0.9.0",
                "metric-resolution should be larger than kubelet-request-timeout, but metric-resolution value 11s "
                    + "kubelet-request-timeout value 10s provided"
            ),
            (["--kubelet-request-timeout=0s"], "v0.7.2", "kubelet-request-timeout should be positive"),
            (
                ["--kubelet-insecure-tls", "--kubelet-certificate-authority=/ca"], "v0.9.0",
                "cannot use both --kubelet-certificate-authority and --kubelet-insecure-tls"
            ),
            (
                ["--kubelet-client-key=/key"], "v0.8.1",
                "need both --kubelet-client-key and --kubelet-client-certificate"
            ),
        ] as [([String], String, String)])
    func refusesWhatTheReleaseRefuses(words: [String], release: String, message: String) throws {
        let (status, printed) = try outcome(words, release: release)
        #expect(status == 2)
        #expect(printed.contains("Error: \(message)\n"))
        #expect(printed.contains("\npanic: \(message)\n"))
    }

    private func outcome(_ words: [String], release: String) throws -> (status: Int32, printed: String) {
        let process = Process()
        process.executableURL = URL(filePath: try LabMetricsServer.standin.program())
        process.arguments = words
        process.environment = [StandinRelease.environmentVariable: release]
        // In memory: nothing is written where this runs.
        process.arguments?.insert("--cert-dir=", at: 0)
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let printed = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: printed, as: UTF8.self))
    }
}
