// SPDX-License-Identifier: Apache-2.0

import Core
import AggregationLayer
import Foundation
import Judges
import Testing

/// Units with drop-ins, environment files and links, on a copy of a host.
@Suite struct SystemdFilesTests {
    private struct Host {
        let folder: ScratchFolder
        var root: String { folder.file("root").path }

        init() throws {
            folder = try ScratchFolder()
            for name in [
                "kube-apiserver.service.d", "kube-.service.d", "service.d", "../../default",
            ] {
                try FileManager.default.createDirectory(
                    at: folder.file("root/etc/systemd/system/" + name).standardizedFileURL,
                    withIntermediateDirectories: true)
            }
        }

        func write(_ name: String, _ text: String) throws { try folder.write("root/etc/" + name, text) }

        func read(_ unit: String) throws -> LaunchFile {
            try write("systemd/system/kube-apiserver.service", unit)
            return try LaunchFile.read(root + "/etc/systemd/system/kube-apiserver.service", root: root)
        }
    }

    @Test func dropInsOfPrefixesCountAndMaskedOnesDoNot() throws {
        let host = try Host()
        try host.write("systemd/system/service.d/30.conf", "[Service]\nEnvironment=A=all\n")
        try host.write("systemd/system/kube-.service.d/20.conf", "[Service]\nEnvironment=A=kube B=kube\n")
        try host.write("systemd/system/kube-.service.d/40.conf", "[Service]\nEnvironment=B=masked\n")
        let masked = host.root + "/etc/systemd/system/kube-apiserver.service.d/40.conf"
        try FileManager.default.createSymbolicLink(atPath: masked, withDestinationPath: "/dev/null")
        let lost = host.root + "/etc/systemd/system/kube-apiserver.service.d/50.conf"
        try FileManager.default.createSymbolicLink(atPath: lost, withDestinationPath: "nowhere")
        let file = try host.read("[Service]\nExecStart=/usr/bin/kube-apiserver --a=${A} --b=${B}\n")
        #expect(file.arguments.map(\.text) == ["/usr/bin/kube-apiserver", "--a=all", "--b=kube"])
        let findings = LaunchLint(file, options: LaunchLintOptions(root: host.root)).findings()
        #expect(findings.contains { $0.code == .lineIgnored && $0.place.file == lost })
    }

    @Test func environmentIsWhatSystemdMakesOfIt() throws {
        let host = try Host()
        try host.write("default/kube-a", "A='--one=1 2'\n")
        try host.write("default/kube-b", "B=\"--two=a\\\\tb '--three=3\"\n")
        let file = try host.read(
            """
            [Service]
            EnvironmentFile=/etc/default/kube-*
            Environment=GONE=1 "SAME=2" KEPT=3
            UnsetEnvironment=GONE SAME=2 KEPT=4
            PassEnvironment=PASSED
            ExecStart=/usr/bin/kube-apiserver $A $B $GONE $SAME --k=${KEPT} $PASSED $PATH
            """)
        #expect(
            file.arguments.map(\.text) == [
                "/usr/bin/kube-apiserver", "--one=1", "2", "--two=atb", "--three=3", "--k=3",
            ])
    }

    /// systemd's own verdict beside ours.
    @Test(arguments: [
        ("", "ExecStart=/bin/true --b=2\n", true), ("", "ExecStart=\nExecStart=/bin/true --b=2\n", false),
        ("Type=oneshot\n", "ExecStart=/bin/true --b=2\n", false), ("", "", false),
    ])
    func severalCommandsAreRefused(_ type: String, _ more: String, _ isRefused: Bool) throws {
        let host = try Host()
        let dropIn = "systemd/system/kube-apiserver.service.d/a.conf"
        try host.write(dropIn, "[Service]\n" + more.replacing("/bin/true", with: "/bin/kube-apiserver"))
        let file = try host.read("[Service]\n\(type)ExecStart=/bin/kube-apiserver --etcd-servers=x\n")
        let findings = LaunchLint(file, options: LaunchLintOptions(root: host.root)).findings()
            .filter { $0.code == .refusesToStart }
        #expect(findings.count == (isRefused ? 1 : 0), "\(findings)")
        if isRefused { #expect(findings.first?.place.file.hasSuffix("a.conf") == true) }

        try host.write(dropIn, "[Service]\n" + more)
        try host.write("systemd/system/kube-apiserver.service", "[Service]\n\(type)ExecStart=/bin/true --a=1\n")
        let said = try Tool.require("systemd-analyze")
            .run(["verify", "--man=no", host.root + "/etc/systemd/system/kube-apiserver.service"]).output
        #expect(said.contains("more than one ExecStart") == isRefused, "\(said)")
    }

    @Test func aUnitWhoseDropInHasTheCommandIsNotEdited() throws {
        let host = try Host()
        try host.write(
            "systemd/system/kube-apiserver.service.d/a.conf",
            "[Service]\nExecStart=\nExecStart=/bin/kube-apiserver --etcd-servers=x\n")
        let file = try host.read("[Service]\nExecStart=/bin/kube-apiserver --v=2\n")
        let flags = AggregationFlags(files: try FrontProxyStore(directory: "/opt", layout: .hardWay).load())
        let error = try #require(throws: LaunchFileError.self) { try LaunchEdit(file, flags: flags).edited() }
        #expect(
            error.description.contains("a.conf") && error.hint?.hasPrefix("kbootstrap apiserver-flags apply") == true)
        let dropIn = try LaunchFile.read(
            host.root + "/etc/systemd/system/kube-apiserver.service.d/a.conf", root: host.root)
        let edited = try LaunchEdit(dropIn, flags: flags).edited()
        #expect(String(decoding: edited, as: UTF8.self).hasPrefix("[Service]\nExecStart=\nExecStart=/bin/kube"))
    }

    /// Links in a copy of a host lead to what they name there, not on this machine.
    @Test func linksStayUnderTheRoot() throws {
        let host = try HostCopy()
        let current = host.root + "/etc/front"
        try FileManager.default.createDirectory(atPath: host.root + "/etc", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: current, withDestinationPath: "/var/lib/kubernetes/../kubernetes")
        let flags = HostCopy.healthy.map { $0.replacing("/var/lib/kubernetes/front", with: "/etc/front/front") }
        #expect(try host.lint(HostCopy.unit(flags)) == [])
        try FileManager.default.createSymbolicLink(
            atPath: host.root + "/etc/loop", withDestinationPath: "/etc/loop")
        let looped = HostCopy.flags(without: ["client-ca-file"], with: ["--client-ca-file=/etc/loop"])
        let findings = try host.lint(HostCopy.unit(looped))
        #expect(findings.map(\.code.rawValue) == ["KB715"])
        #expect(findings.first?.finding.summary.contains("symbolic link") == true, "\(findings)")
    }
}
