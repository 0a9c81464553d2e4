// SPDX-License-Identifier: Apache-2.0

import Core
import AggregationLayer
import Foundation
import Judges
import Testing

/// Each row of the failure catalogue that one launch file and its certificates show, found before any restart.
@Suite struct LintTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let row: String
        let codes: [String]
        var without: [String] = []
        var with: [String] = []
        var service: [String] = []
        var minor = 31
        /// The line of the first finding, in the unit.
        var line: Int?
        var testDescription: String { "\(row): \(codes.joined(separator: " "))" }
    }

    @Test func aHealthyUnitHasNoFindings() throws {
        let host = try HostCopy()
        #expect(try host.lint(HostCopy.unit(HostCopy.healthy)).map(\.finding.summary) == [])
    }

    @Test(arguments: [
        Fault(row: "F13", codes: ["KB723"], without: ["enable-aggregator-routing"], line: 5),
        Fault(
            row: "F13, said false", codes: ["KB723"], without: ["enable-aggregator-routing"],
            with: ["--enable-aggregator-routing=false"], line: 19),
        Fault(row: "F19", codes: ["KB724"], service: ["Environment=HTTPS_PROXY=http://proxy:3128"], line: 5),
        Fault(
            row: "F19, services only", codes: ["KB724"],
            service: [#"Environment="https_proxy=http://proxy:3128" NO_PROXY=10.32.0.0/16"#], line: 5),
        Fault(
            row: "F19, mended", codes: [],
            service: ["Environment=HTTPS_PROXY=http://p:1 NO_PROXY=10.32.0.0/16,10.200.0.0/16,.svc"]),
        Fault(row: "F20", codes: ["KB702"], without: ["proxy-client-cert-file", "proxy-client-key-file"], line: 5),
        Fault(
            row: "F20, the key flag twice (ms#623)", codes: ["KB702"],
            without: ["proxy-client-cert-file", "proxy-client-key-file"],
            with: [
                "--proxy-client-key-file=/var/lib/kubernetes/front-proxy.pem",
                "--proxy-client-key-file=/var/lib/kubernetes/front-proxy-key.pem",
            ], line: 18),
        Fault(
            row: "F20, swapped", codes: ["KB712"], without: ["proxy-client-cert-file", "proxy-client-key-file"],
            with: [
                "--proxy-client-cert-file=/var/lib/kubernetes/front-proxy-key.pem",
                "--proxy-client-key-file=/var/lib/kubernetes/front-proxy.pem",
            ], line: 18),
        Fault(
            row: "F20, another key", codes: ["KB713"], without: ["proxy-client-key-file"],
            with: ["--proxy-client-key-file=/var/lib/kubernetes/front-proxy-ca-key.pem"], line: 19),
        Fault(
            row: "F21", codes: ["KB718", "KB721"], without: ["requestheader-client-ca-file"],
            with: ["--requestheader-client-ca-file=/var/lib/kubernetes/ca.pem"], line: 17),
        Fault(
            row: "F23", codes: ["KB711"], without: ["requestheader-allowed-names"],
            with: ["--requestheader-allowed-names=aggregator"], line: 19),
        Fault(
            row: "F24", codes: ["KB710"], without: ["requestheader-allowed-names"],
            with: [#"--requestheader-allowed-names="''""#], line: 19),
        Fault(
            row: "F24, double quotes", codes: ["KB710"], without: ["requestheader-allowed-names"],
            with: [#"'--requestheader-allowed-names=""'"#], line: 19),
        Fault(
            row: "F28", codes: ["KB701"], without: ["requestheader-client-ca-file"], line: 5),
        Fault(row: "F29", codes: ["KB703"], without: ["requestheader-username-headers"], line: 5),
        Fault(
            row: "F30", codes: ["KB709"], without: ["requestheader-extra-headers-prefix"],
            with: ["--requestheader-extra-headers-prefix=X-Remote-Extra"], line: 19),
        Fault(
            row: "F31", codes: ["KB704", "KB718", "KB721", "KB725"],
            without: ["requestheader-client-ca-file", "requestheader-allowed-names"],
            with: ["--requestheader-client-ca-file=/var/lib/kubernetes/ca.pem"], minor: 35),
        Fault(
            row: "F31, before 1.35 it starts", codes: ["KB704", "KB718", "KB721"],
            without: ["requestheader-client-ca-file", "requestheader-allowed-names"],
            with: ["--requestheader-client-ca-file=/var/lib/kubernetes/ca.pem"], minor: 34),
        Fault(
            row: "F32, F33", codes: ["KB718"], without: ["client-ca-file"],
            with: ["--client-ca-file=/var/lib/kubernetes/front-proxy-ca.pem"]),
        Fault(
            row: "F19, Go asks for no ALL_PROXY", codes: [], service: ["Environment=ALL_PROXY=http://proxy:3128"]),
        Fault(
            row: "F19, the first NO_PROXY counts", codes: ["KB724"],
            service: ["Environment=HTTPS_PROXY=http://p:1 NO_PROXY=.svc no_proxy=10.32.0.0/16,10.200.0.0/16"]),
        Fault(
            row: "F19, taken away", codes: [],
            service: ["Environment=HTTPS_PROXY=http://proxy:3128", "UnsetEnvironment=HTTPS_PROXY"]),
        Fault(
            row: "F13, true in other words", codes: [], without: ["enable-aggregator-routing"],
            with: ["--enable-aggregator-routing=T"]),
        Fault(
            row: "missing file", codes: ["KB714"], without: ["proxy-client-cert-file"],
            with: ["--proxy-client-cert-file=/var/lib/kubernetes/none.pem"], line: 19),
        Fault(
            row: "a folder", codes: ["KB715"], without: ["client-ca-file"],
            with: ["--client-ca-file=/var/lib"], line: 19),
        Fault(row: "twice the same", codes: ["KB705"], with: ["--advertise-address=10.240.0.10"], line: 20),
        Fault(row: "twice, differently", codes: ["KB706"], with: ["--advertise-address=10.240.0.11"], line: 20),
        Fault(
            row: "not yet", codes: ["KB707"], with: ["--requestheader-uid-headers=X-Remote-Uid"], minor: 20, line: 20),
        Fault(row: "no more", codes: ["KB707"], with: ["--insecure-port=0"], line: 20),
        Fault(row: "still there", codes: [], with: ["--insecure-port=0"], minor: 23),
        Fault(row: "a slip", codes: ["KB707"], with: ["--requestheader-username-header=X-Remote-User"], line: 20),
        Fault(row: "a flag of tomorrow", codes: [], with: ["--something-from-the-future=1"]),
        Fault(row: "quotes", codes: ["KB708"], with: [#"--audit-log-path='"/var/log/audit.log"'"#], line: 20),
        Fault(row: "blank after the backslash", codes: ["KB725", "KB726"], with: ["--v=2 \\ \n  --profiling=false"]),
        Fault(row: "no variable inside a word", codes: ["KB727"], with: ["--v=${KUBE_V}"], line: 20),
        Fault(row: "no variable, of which systemd makes nothing", codes: [], with: ["$KUBE_API_ARGS"]),
        Fault(
            row: "no environment file", codes: ["KB727"], service: ["EnvironmentFile=/etc/sysconfig/kube-apiserver"],
            line: 5),
        Fault(row: "optional environment file", codes: [], service: ["EnvironmentFile=-/etc/sysconfig/none"]),
    ])
    func faultsAreFound(_ fault: Fault) throws {
        let host = try HostCopy()
        let unit = HostCopy.unit(
            HostCopy.flags(without: fault.without, with: fault.with), service: fault.service)
        let findings = try host.lint(unit, minor: fault.minor)
        #expect(findings.map(\.code.rawValue).sorted() == fault.codes.sorted(), "\(findings)")
        if let line = fault.line { #expect(findings.first?.place.line == line, "\(findings)") }
        for finding in findings where !finding.text.isEmpty {
            let lines = unit.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines[finding.place.line - 1].contains(finding.text), "\(finding)")
        }
    }

    @Test(arguments: [
        ("KB722", "extendedKeyUsage=serverAuth", 31),
        ("KB720", "extendedKeyUsage=clientAuth", 5),
        ("", "extendedKeyUsage=clientAuth", 31),
    ])
    func certificatesAreJudged(_ code: String, _ extensions: String, _ days: Int) throws {
        let host = try HostCopy()
        try host.issue("other", extensions: extensions, days: days)
        let flags = HostCopy.flags(
            without: ["proxy-client-cert-file", "proxy-client-key-file"],
            with: [
                "--proxy-client-cert-file=/var/lib/kubernetes/other.pem",
                "--proxy-client-key-file=/var/lib/kubernetes/other-key.pem",
            ])
        let findings = try host.lint(HostCopy.unit(flags))
        #expect(findings.map(\.code.rawValue) == (code.isEmpty ? [] : [code]), "\(findings)")
    }

    /// F22: the CA was made anew, under its old name.
    @Test func anotherCAOfTheSameNameIsNamed() throws {
        let host = try HostCopy()
        let subject = try host.folder.openssl(
            "x509", "-noout", "-subject", "-nameopt", "RFC2253", "-in", host.file("front-proxy-ca.pem").path)
        let name = subject.trimmingCharacters(in: .whitespacesAndNewlines).replacing("subject=CN=", with: "")
        try host.folder.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "n.pem",
            "-out", host.file("front-proxy-ca.pem").path, "-subj", "/CN=\(name)", "-days", "300", "-utf8")
        let findings = try host.lint(HostCopy.unit(HostCopy.healthy))
        #expect(findings.map(\.code.rawValue) == ["KB721"])
        #expect(
            findings.first?.finding.summary.contains("that CA has the issuer's name and another key") == true,
            "\(findings)")
    }

    @Test func datesAreJudgedByTheClockThatIsGiven() throws {
        let host = try HostCopy()
        let file = try LaunchFile(
            path: "kube-apiserver.service", bytes: Array(HostCopy.unit(HostCopy.healthy).utf8), root: host.root)
        func codes(_ days: Double) -> [String] {
            LaunchLint(
                file,
                options: LaunchLintOptions(
                    root: host.root, minorVersion: 31, now: Date().addingTimeInterval(days * 86400))
            ).findings().map(\.code.rawValue)
        }
        #expect(codes(364) == ["KB720"])
        #expect(codes(366) == ["KB719"])
        #expect(codes(-1) == ["KB719", "KB719"])
    }

    @Test func keysThatOthersReadAreNamed() throws {
        let host = try HostCopy()
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o640], ofItemAtPath: host.file("front-proxy-key.pem").path)
        let findings = try host.lint(HostCopy.unit(HostCopy.healthy))
        #expect(findings.map(\.code.rawValue) == ["KB716"])
        #expect(findings.first?.finding.summary.contains("mode 640") == true)
    }

    @Test func kubeProxyMakesRoutingNeedless() throws {
        let host = try HostCopy()
        let units = host.root + "/etc/systemd/system"
        try FileManager.default.createDirectory(atPath: units, withIntermediateDirectories: true)
        try host.folder.write("root/etc/systemd/system/kube-proxy.service", "[Service]\n")
        let findings = try host.lint(HostCopy.unit(HostCopy.flags(without: ["enable-aggregator-routing"])))
        #expect(findings.isEmpty, "\(findings)")
    }

    @Test func podsAreJudgedByWhatTheyMount() throws {
        let host = try HostCopy()
        let pod = LaunchSamples.staticPod(HostCopy.healthy, mount: "/var/lib/kubernetes")
        #expect(try host.lint(pod, path: "kube-apiserver.yaml").isEmpty)
        let blind = LaunchSamples.staticPod(HostCopy.healthy, mount: "/etc/ssl/certs")
        let findings = try host.lint(blind, path: "kube-apiserver.yaml")
        #expect(Set(findings.map(\.code.rawValue)) == ["KB717"])
        #expect(findings.count == 4)
        #expect(findings.first?.text == "--client-ca-file=/var/lib/kubernetes/ca.pem")
        #expect(findings.first?.place.line == 16)
    }

    @Test func literalQuotesInYAMLAreFound() throws {
        let host = try HostCopy()
        let flags = HostCopy.flags(
            without: ["requestheader-allowed-names"], with: ["--requestheader-allowed-names=''"])
        let findings = try host.lint(
            LaunchSamples.staticPod(flags, mount: "/var/lib/kubernetes"), path: "kube-apiserver.yaml")
        #expect(findings.map(\.code.rawValue) == ["KB710"])
        #expect(findings.first?.finding.hint.text == "--requestheader-allowed-names=front-proxy-ca")
    }

    /// kubeadm, k3s and rke2 set the flags by themselves: nothing is missing there.
    @Test(arguments: [
        ("kubeadm.yaml", LaunchSamples.kubeadmMap), ("kubeadm.yaml", LaunchSamples.kubeadmList),
        ("/etc/rancher/k3s/config.yaml", LaunchSamples.k3s), ("/etc/rancher/rke2/config.yaml", LaunchSamples.k3s),
    ])
    func launchersThatKnowTheFlagsHaveNoFindings(_ path: String, _ text: String) throws {
        let host = try HostCopy()
        #expect(try host.lint(text, path: path) == [])
    }

    /// The rows that one launch file and its certificates show; the tests above have each of them.
    @Test func rowsOfTheCatalogueHaveCodes() {
        let rows = Set(LaunchCode.allCases.flatMap(\.catalogue))
        let visible = [
            "F13", "F19", "F20", "F21", "F22", "F23", "F24", "F25", "F26", "F27", "F28", "F29", "F30", "F31", "F32",
            "F33",
        ]
        #expect(rows.isSuperset(of: visible), "\(Set(visible).subtracting(rows))")
    }

    /// A program in a container names files of the container.
    @Test func filesOfAContainerAreLookedForInIt() throws {
        let host = try HostCopy()
        let outside = try ScratchFolder()
        try FileManager.default.createDirectory(at: outside.file("proc/7"), withIntermediateDirectories: true)
        try outside.write("proc/7/cmdline", (["kube-apiserver"] + HostCopy.healthy).map { $0 + "\u{0}" }.joined())
        func codes() throws -> [String] {
            let file = try LaunchFile.running(7, root: outside.path)
            return LaunchLint(file, options: LaunchLintOptions(root: outside.path, minorVersion: 31)).findings()
                .map(\.code.rawValue)
        }
        #expect(try codes() == ["KB714", "KB714", "KB714", "KB714"])
        try FileManager.default.createSymbolicLink(
            atPath: outside.file("proc/7/root").path, withDestinationPath: host.root)
        #expect(try codes() == [])
    }

    @Test func reportsAreDocuments() throws {
        let host = try HostCopy()
        let findings = try host.lint(HostCopy.unit(HostCopy.flags(without: ["requestheader-username-headers"])))
        let report = LaunchLintReport([
            LaunchLintReport.Entry(path: "a b.service", format: .systemd, findings: findings)
        ])
        let json = try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any]
        #expect(json?["kind"] as? String == "LaunchFileReport")
        let sarif = try JSONSerialization.jsonObject(with: Data(report.sarif().utf8)) as? [String: Any]
        #expect(sarif?["version"] as? String == "2.1.0")
        let runs = sarif?["runs"] as? [[String: Any]]
        let results = runs?.first?["results"] as? [[String: Any]]
        #expect(results?.map { $0["ruleId"] as? String } == ["KB703"])
    }
}
