// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Foundation
import Judges
import Testing

/// Every form to the byte. A golden file that is missing is written, and fails the run that writes it.
@Suite struct RenderingTests {
    private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    private func flags(_ layout: FrontProxyLayout = .hardWay, _ directory: String = "/nowhere/pki") throws
        -> AggregationFlags
    {
        AggregationFlags(files: try FrontProxyStore(directory: directory, layout: layout).load())
    }

    @Test(arguments: AggregationFlags.Format.allCases, AggregationFlags.KubeadmAPI.allCases)
    func goldenFiles(_ format: AggregationFlags.Format, _ api: AggregationFlags.KubeadmAPI) throws {
        guard format == .kubeadm || api == .v1beta4 else { return }
        let unit = try LaunchFile(
            path: "a.service", bytes: Array(HostCopy.unit(["--v=2", "--requestheader-allowed-names=old"]).utf8))
        let text = try flags().rendered(as: format, kubeadmAPI: api, unit: unit)
        let name = format == .kubeadm ? "\(format.rawValue)-\(api.rawValue).txt" : "\(format.rawValue).txt"
        let file = Self.golden.appending(path: name)
        guard let expected = try? String(contentsOf: file, encoding: .utf8) else {
            try text.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("recorded \(name): look at it, and run again")
            return
        }
        #expect(text == expected, "\(name)")
    }

    /// What is printed is read back as the flags themselves, by the same files' readers.
    @Test(arguments: ["/nowhere/pki", "/a b/100%/$HOME/\"q\"'s", "/ü/#x: y", "/a,b/[c]", "/back\\slash;"])
    func whatIsPrintedIsReadBack(_ directory: String) throws {
        let flags = try flags(.kubeadm, directory)
        let wanted = flags.flags.map(\.argument)
        let unit = "[Service]\nExecStart=/usr/bin/kube-apiserver \\\n"
        func read(_ text: String, _ path: String) throws -> [String] {
            try LaunchFile(path: path, bytes: Array(text.utf8)).arguments.map(\.text).filter { $0.hasPrefix("--") }
        }
        #expect(try read(unit + flags.rendered(as: .systemd), "a.service") == wanted)
        #expect(try read("kind: Pod\n" + flags.rendered(as: .staticPod), "pod") == wanted)
        for api in AggregationFlags.KubeadmAPI.allCases {
            #expect(try read(flags.rendered(as: .kubeadm, kubeadmAPI: api), "kubeadm") == wanted)
        }
        #expect(try read(flags.rendered(as: .k3s), "k3s") == wanted)
        let dropIn = try flags.rendered(
            as: .systemdDropIn, unit: LaunchFile(path: "a.service", bytes: Array((unit + "--v=1").utf8)))
        #expect(try read(dropIn, "x.conf") == ["--v=1"] + wanted)
    }

    @Test(arguments: ["/etc/kubernetes/pki", "/etc/kubernetes/pki/front", "/etc/kubernetes/pki2"])
    func whatKubeadmMountsIsNotMountedAgain(_ directory: String) throws {
        let flags = try flags(.kubeadm, directory)
        #expect(try flags.rendered(as: .staticPod).contains("volumeMounts:") == directory.hasSuffix("2"))
        #expect(try flags.rendered(as: .kubeadm).contains("extraVolumes:") == directory.hasSuffix("2"))
    }

    @Test func versionsChooseKubeadmsForm() {
        let forms = [20, 21, 22, 30, 31, 40].map { AggregationFlags.KubeadmAPI(forMinor: $0) }
        #expect(forms == [.v1beta2, .v1beta2, .v1beta3, .v1beta3, .v1beta4, .v1beta4])
    }
}
