// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Foundation
import Judges
import Testing

/// What `Tests/Prediction/oracle.py` cannot reach: what is published already, and the processes of a host. Its table of
/// certificates and flags is held against the real servers.
@Suite struct PredictionTests {
    private func predict(
        _ host: HostCopy, _ flags: [String] = HostCopy.healthy, published: RequestHeaderTrust = RequestHeaderTrust(),
        now: Date = Date()
    ) throws -> AggregationPrediction {
        let file = try LaunchFile(path: "a.service", bytes: Array(HostCopy.unit(flags).utf8), root: host.root)
        return AggregationPrediction(file, published: published, root: host.root, now: now)
    }

    /// "Any name" of one kube-apiserver is no more, once another has given a list.
    @Test func listOfOneServerCountsForAll() throws {
        let host = try HostCopy()
        let open = HostCopy.flags(without: ["requestheader-allowed-names"])
        #expect(try predict(host, open).verdict == .callersOwnName(groups: true, extra: true))
        let others = try RequestHeaderTrust(published: ["requestheader-allowed-names": #"["somebody-else"]"#])
        let refusal = CertificateRefusal.nameNotAllowed("front-proxy-ca", allowed: ["somebody-else"])
        #expect(try predict(host, open, published: others).verdict == .refused([refusal, .unknownAuthority]))
    }

    /// What another kube-apiserver has published makes good what this one lacks.
    @Test func headersOfAnotherServerCountToo() throws {
        let host = try HostCopy()
        let flags = HostCopy.flags(without: ["requestheader-username-headers"])
        #expect(try predict(host, flags).verdict == .refused([.unknownAuthority]))
        let others = try RequestHeaderTrust(published: ["requestheader-username-headers": #"["x-remote-user"]"#])
        #expect(try predict(host, flags, published: others).verdict?.isGood == true)
    }

    @Test func datesAreThoseOfTheMoment() throws {
        let host = try HostCopy()
        let later = Date().addingTimeInterval(400 * 86400)
        let verdict = try predict(host, now: later).verdict
        #expect(verdict == .refused([.expired]))
        let earlier = Date().addingTimeInterval(-2 * 86400)
        #expect(try predict(host, now: earlier).verdict == .refused([.notYetValid, .notYetValid]))
    }

    @Test(arguments: ["[", "{}", "3", #"["a", 1]"#])
    func brokenListsAreSaid(_ text: String) {
        #expect(throws: LaunchFileError.self) {
            _ = try RequestHeaderTrust(published: ["requestheader-allowed-names": text])
        }
        #expect(throws: LaunchFileError.self) {
            _ = try RequestHeaderTrust(published: ["requestheader-client-ca-file": text])
        }
    }

    /// A kube-apiserver is known by the values of its aggregation flags, wherever else it differs.
    @Test func processesAreKnownByTheirFlags() throws {
        let folder = try ScratchFolder()
        let processes = [
            "7": ["/usr/bin/kube-apiserver"] + HostCopy.healthy + ["--v=9"],
            "8": ["/usr/bin/kube-apiserver"] + HostCopy.flags(without: ["proxy-client-key-file"]),
            "9": ["vi", "kube-apiserver.service"] + HostCopy.healthy,
            "10": ["/hyperkube", "kube-apiserver"] + HostCopy.healthy,
            "11": [], "self": ["kube-apiserver"] + HostCopy.healthy,
        ]
        for (pid, words) in processes {
            try FileManager.default.createDirectory(
                at: folder.file("proc/\(pid)"), withIntermediateDirectories: true)
            try folder.write("proc/\(pid)/cmdline", words.map { $0 + "\0" }.joined())
        }
        let file = try LaunchFile(path: "a.service", bytes: Array(HostCopy.unit(HostCopy.healthy).utf8))
        #expect(RunningAPIServers(root: folder.file("").path).running(file) == [7, 10])
    }

    @Test(arguments: [
        ("/etc/systemd/system/kube-apiserver.service", "kube-apiserver.service"),
        ("/etc/systemd/system/apiserver.service.d/10-flags.conf", "apiserver.service"),
        ("unit", "kube-apiserver"),
    ])
    func unitsAreRestartedByTheirName(_ path: String, _ unit: String) throws {
        let file = try LaunchFile(path: path, bytes: Array(HostCopy.unit(HostCopy.healthy).utf8))
        #expect(file.restartCommand == "systemctl daemon-reload && systemctl restart \(unit)")
        #expect(file.logCommand == "journalctl -u \(unit) -n 50")
    }
}
