// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import kbootstrap_lab

@Suite struct ArgumentsTests {
    static let release06 = StandinRelease(0, 6, 1)
    static let release09 = StandinRelease(0, 9, 0)

    @Test func readsWhatTheManifestsSay() throws {
        let arguments = try MetricsServerArguments(
            [
                "--cert-dir=/tmp", "--secure-port=4443", "--kubelet-use-node-status-port",
                "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname", "--metric-resolution", "15s",
                "-v=2",
            ], release: Self.release06)
        #expect(arguments.securePort == 4443)
        #expect(arguments.certificateDirectory == "/tmp")
        #expect(arguments.kubeletPreferredAddressTypes == ["InternalIP", "ExternalIP", "Hostname"])
        #expect(arguments.kubeletUsesNodeStatusPort)
        #expect(!arguments.kubeletInsecureTLS)
        #expect(arguments.metricResolution == .seconds(15))
        #expect(arguments.kubeletRequestTimeout == .milliseconds(13_500))
        #expect(arguments.verbosity == 2)
    }

    @Test func hasUpstreamsDefaults() throws {
        let arguments = try MetricsServerArguments([], release: Self.release09)
        #expect(arguments.securePort == 443)
        #expect(arguments.kubeletPort == 10250)
        #expect(arguments.metricResolution == .seconds(60))
        #expect(arguments.kubeletRequestTimeout == .seconds(10))
        #expect(arguments.kubeletPreferredAddressTypes.first == "Hostname")
    }

    @Test(
        arguments: [
            (["--nonsense"], release09, "unknown flag: --nonsense"),
            (["--kubelet-request-timeout=5s"], release06, "unknown flag: --kubelet-request-timeout"),
            (["--logtostderr"], release09, "unknown flag: --logtostderr"),
            (["-x"], release09, "unknown shorthand flag: 'x' in -x"),
            (["--secure-port"], release09, "flag needs an argument: --secure-port"),
            (
                ["--secure-port=https"], release09,
                #"invalid argument "https" for "--secure-port" flag: strconv.ParseInt: parsing "https": invalid syntax"#
            ),
            (
                ["--metric-resolution=5s"], release06,
                "metric-resolution should be a time duration at least 10s, but value 5s provided"
            ),
            (
                ["--metric-resolution=11s"], release09,
                "metric-resolution should be larger than kubelet-request-timeout, but metric-resolution value 11s "
                    + "kubelet-request-timeout value 10s provided"
            ),
            (
                ["--kubelet-insecure-tls", "--kubelet-certificate-authority=/ca"], release09,
                "cannot use both --kubelet-certificate-authority and --kubelet-insecure-tls"
            ),
        ] as [([String], StandinRelease, String)])
    func refusesWhatUpstreamRefuses(words: [String], release: StandinRelease, message: String) {
        #expect(throws: MetricsServerArguments.Refused.self) {
            try MetricsServerArguments(words, release: release)
        }
        do { _ = try MetricsServerArguments(words, release: release) } catch {
            #expect(error.description == message)
        }
    }
}
