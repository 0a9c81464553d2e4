// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Foundation
import Judges
import Testing

/// Launch files as they are in the field, in Tests/LaunchFiles: one that kubeadm made, the others synthetic. Each is
/// judged, changed and taken back on a copy of a host.
@Suite struct FieldFilesTests {
    struct Field: Sendable, CustomTestStringConvertible {
        let name: String
        /// Where it is on a host.
        let path: String
        let layout: FrontProxyLayout
        /// The folder of the front-proxy files; the layout's own where nil.
        var directory: String?
        /// What lint says before the change, and after it.
        let before: [String]
        var after: [String] = []
        /// Lines that the change takes out.
        var removed = 0
        let minor: Int?
        var testDescription: String { "\(name) in \(directory ?? layout.defaultDirectory)" }
    }

    private static let samples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "LaunchFiles")

    static let fields = [
        Field(
            name: "hard-way.service", path: "/etc/systemd/system/kube-apiserver.service", layout: .hardWay,
            before: ["KB701", "KB702", "KB703", "KB704", "KB704", "KB723"], removed: 1, minor: 21),
        Field(
            name: "kubeadm-1.20.2.yaml", path: "/etc/kubernetes/manifests/kube-apiserver.yaml", layout: .kubeadm,
            before: [], minor: nil),
        Field(
            name: "kubeadm-1.20.2.yaml", path: "/etc/kubernetes/manifests/kube-apiserver.yaml", layout: .hardWay,
            before: ["KB714", "KB714", "KB714"], removed: 4, minor: nil),
        Field(
            name: "kubeadm-v1beta4.yaml", path: "/root/kubeadm.yaml", layout: .kubeadm, before: [], minor: nil),
        Field(
            name: "kubeadm-v1beta4.yaml", path: "/root/kubeadm.yaml", layout: .hardWay, before: [], minor: nil),
        Field(
            name: "kubespray.yaml", path: "/etc/kubernetes/kubeadm-config.yaml", layout: .kubeadm,
            directory: "/etc/kubernetes/ssl", before: [], removed: 1, minor: nil),
        Field(
            name: "kubespray.yaml", path: "/etc/kubernetes/kubeadm-config.yaml", layout: .kubeadm, before: [],
            removed: 1, minor: nil),
        Field(name: "k3s.yaml", path: "/etc/rancher/k3s/config.yaml", layout: .hardWay, before: [], minor: 31),
    ]

    @Test(arguments: fields)
    func judgedChangedAndTakenBack(_ field: Field) throws {
        let folder = try ScratchFolder()
        let root = folder.file("root").path
        let directory = field.directory ?? field.layout.defaultDirectory
        func makeFolder(of path: String) throws {
            try FileManager.default.createDirectory(
                at: URL(filePath: root + path).deletingLastPathComponent(), withIntermediateDirectories: true)
        }
        try makeFolder(of: field.path)
        _ = try FrontProxyStore(directory: root + directory, layout: field.layout).ensure(FrontProxyOptions())
        for name in ["/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/ssl/ca.crt", "/var/lib/kubernetes/ca.pem"] {
            try makeFolder(of: name)
            try folder.openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                "ca.key", "-out", root + name, "-subj", "/CN=kubernetes", "-days", "300")
        }
        let original = try Data(contentsOf: Self.samples.appending(path: field.name))
        let path = root + field.path
        try original.write(to: URL(filePath: path))

        let file = try LaunchFile.read(path, root: root)
        func codes(_ file: LaunchFile) -> [String] {
            LaunchLint(file, options: LaunchLintOptions(root: root, minorVersion: field.minor)).findings()
                .map(\.code.rawValue).sorted()
        }
        #expect(codes(file) == field.before)

        let flags = AggregationFlags(files: try FrontProxyStore(directory: directory, layout: field.layout).load())
        let edited = try LaunchEdit(file, flags: flags).edited()
        let store = LaunchFileStore(directory: folder.file("kept").path)
        _ = try store.replace(path, old: file.bytes, with: edited)
        let changed = try LaunchFile.read(path, root: root)
        #expect(codes(changed) == field.after)
        #expect(try LaunchEdit(changed, flags: flags).edited() == edited, "a second edit changes nothing")
        let diff = UnifiedDiff(path: "f", old: file.bytes, new: edited).rendered()
        #expect(diff.split(separator: "\n").count { $0.hasPrefix("-") && !$0.hasPrefix("---") } == field.removed)

        let change = try #require(try store.lastChange(of: path))
        try store.undo(path, old: edited, before: change.before)
        #expect(try Data(contentsOf: URL(filePath: path)) == original)
    }

    /// Nobody here wrote these schemas.
    @Test(arguments: [FrontProxyLayout.kubeadm, .hardWay])
    func kubernetesAcceptsKubeadmsPod(_ layout: FrontProxyLayout) throws {
        let folder = try ScratchFolder()
        let bytes = Array(try Data(contentsOf: Self.samples.appending(path: "kubeadm-1.20.2.yaml")))
        let flags = AggregationFlags(
            files: try FrontProxyStore(directory: layout.defaultDirectory, layout: layout).load())
        let edited = try LaunchEdit(LaunchFile(path: "pod.yaml", bytes: bytes), flags: flags).edited()
        let file = try folder.write("pod.yaml", String(decoding: edited, as: UTF8.self))
        let outcome = try Tool.require("kubernetes-validate").run(["-k", "1.31", "--strict", file.path])
        #expect(outcome.status == 0, "\(outcome.output)")
    }
}
