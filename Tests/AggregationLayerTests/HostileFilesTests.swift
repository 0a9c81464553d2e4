// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Foundation
import Judges
import Testing

/// Files as somebody in a hurry, or in bad faith, leaves them.
@Suite struct HostileFilesTests {
    private func read(_ text: String, path: String = "x") throws -> LaunchFile {
        try LaunchFile(path: path, bytes: Array(text.utf8), root: "/nowhere")
    }

    @Test(arguments: [
        ("\u{FEFF}[Service]\nExecStart=/usr/bin/kube-apiserver --v=2\n", LaunchFormat.systemd),
        ("--- # made by hand\nkind: Pod\nspec: {containers: [{command: [kube-apiserver]}]}\n", .staticPod),
        ("{\"kind\": \"Pod\", \"spec\": {\"containers\": [{\"command\": [\"kube-apiserver\"]}]}}", .staticPod),
        ("-v2\n--a=b\n", .args), ("# only this\n\n--v=2", .args),
        ("\r\n[Service]\r\nExecStart=kube-apiserver", .systemd),
    ])
    func kindsAreFound(_ text: String, _ format: LaunchFormat) throws {
        #expect(try read(text).format == format)
    }

    @Test(arguments: [
        ("[Service]\nExecStart=/usr/bin/kube-apiserver --v=2\n\u{0}", "NUL bytes"), ("\u{0}", "NUL bytes"),
        ("{\"a\":&x [1], \"b\":*x}", "not read in a launch file"), ("a: \"b\"\n\"c\":*x\n", "not read"),
        ("- \"--v=2\n", "not valid YAML"), ("--a='b\n--c=d\n", "x:1: a quote is not closed"),
        ("kube-apiserver \"--v=2\n", "x:1: a quote is not closed"),
    ])
    func refusalsSayWhy(_ text: String, _ message: String) throws {
        let error = try #require(throws: LaunchFileError.self) { try read(text) }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test func utf16IsNamed() throws {
        let bytes = Array("[Service]\r\n".data(using: .utf16) ?? Data())
        let error = try #require(throws: LaunchFileError.self) { try LaunchFile(path: "x", bytes: bytes) }
        #expect(error.description.contains("UTF-16") && error.hint?.contains("iconv") == true)
    }

    @Test func whatIsNoFileIsNamed() throws {
        let folder = try ScratchFolder()
        let link = folder.file("loop").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "loop")
        try folder.write("large", String(repeating: "#\n", count: 600_000))
        for (name, message) in [
            ("loop", "leads in a circle"), ("none", "there is no file"), ("", "is a folder"),
            ("large", "too large to be"),
        ] {
            let error = try #require(throws: LaunchFileError.self) { try LaunchFile.read(folder.path + "/" + name) }
            #expect(error.description.contains(message), "\(error)")
        }
    }

    /// What takes the square of its length to judge is refused, or takes it no more.
    @Test func muchOfTheSameIsReadOrRefused() throws {
        for text in [
            "[Service]\nExecStart=kube-apiserver " + String(repeating: "\\\n", count: 100_000),
            "kube-apiserver --etcd-servers=x " + String(repeating: " ", count: 40_000),
            "A=--v=1\n" + String(repeating: "B=1\n", count: 40_000),
        ] {
            _ = LaunchLint(try read(text), options: LaunchLintOptions(root: "/nowhere")).findings()
        }
        for text in [
            (0..<12_000).map { "--abcdefgh\($0)\n" }.joined(),
            "[Service]\nExecStart=kube-apiserver " + (0..<12_000).map { "--a\($0) \\\n" }.joined(),
        ] {
            let error = try #require(throws: LaunchFileError.self) { try read(text) }
            #expect(error.description.contains("too many for a launch file"))
        }
    }

    /// Any bytes at all end in a file or in one sentence.
    @Test func nonsenseIsReadOrRefused() throws {
        var state: UInt64 = 42
        let parts = [
            "[Service]\n", "ExecStart=", "kube-apiserver", " --v=2", "\\\n", "\"", "'", "$A", "${", "%", "%%",
            "kind: Pod\n",
            "spec:\n", "  containers:\n", "  - command:\n", "    - ", "[", "]", "{", "}", ": ", "&a ", "*a", "|",
            ">-\n",
            "---\n", "#", "\t", "\r\n", "\r", "\u{85}", "\u{2028}", "\u{FEFF}", "ü", "\u{0}",
            "--requestheader-allowed-names=",
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n", "apiServer:\n", "  extraArgs:\n",
            "A=--v=1\n",
        ]
        let starts = [
            "", "[Service]\nExecStart=kube-apiserver ", LaunchSamples.kubeadmMap, LaunchSamples.kubeadmList,
            LaunchSamples.staticPod(["--v=2"], mount: "/o"), LaunchSamples.k3s, "kube-apiserver --etcd-servers=x ",
        ]
        let flags = AggregationFlags(files: try FrontProxyStore(directory: "/o", layout: .hardWay).load())
        var count = 0
        for round in 0..<1500 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var text = starts[Int(state >> 33) % starts.count]
            for _ in 0...round % 6 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += parts[Int(state >> 33) % parts.count]
            }
            do {
                let file = try read(text)
                _ = LaunchLint(file, options: LaunchLintOptions(root: "/nowhere")).findings()
                _ = try LaunchEdit(file, flags: flags).edited()
                count += 1
            } catch let error as LaunchFileError {
                #expect(!error.description.contains("\n") && error.description.count < 400, "\(error)")
            }
        }
        #expect(count > 50)
    }

    /// libyaml ends lines at U+0085, U+2028 and U+2029 too, and counts them.
    @Test func rareLineEndsMoveNoEdit() throws {
        let text = LaunchSamples.staticPod(["--v=2", "--requestheader-allowed-names=old"], mount: "/opt")
            .replacing("metadata:", with: "metadata: # a\u{2028}# b\u{85}# c")
        let flags = AggregationFlags(files: try FrontProxyStore(directory: "/opt", layout: .hardWay).load())
        let edited = String(decoding: try LaunchEdit(read(text), flags: flags).edited(), as: UTF8.self)
        #expect(edited.contains("- --requestheader-allowed-names=front-proxy-ca\n"))
        let line = try #require(try read(text).arguments.last?.place.line)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[line - 1].contains("allowed-names=old"))
    }

    @Test func argumentsThatAShellContinuesStayOneCommand() throws {
        let flags = AggregationFlags(files: try FrontProxyStore(directory: "/opt", layout: .hardWay).load())
        let edited = String(
            decoding: try LaunchEdit(read("kube-apiserver \\\n  --v=2\n"), flags: flags).edited(), as: UTF8.self)
        #expect(edited.hasPrefix("kube-apiserver \\\n  --v=2 \\\n  --enable-aggregator-routing=true \\\n"))
        #expect(edited.hasSuffix("--proxy-client-key-file=/opt/front-proxy-key.pem\n"))
        #expect(String(decoding: try LaunchEdit(read(edited), flags: flags).edited(), as: UTF8.self) == edited)
    }

    // MARK: k3s

    @Test func laterFilesOfK3sWinOrAppend() throws {
        let folder = try ScratchFolder()
        let directory = folder.file("etc/rancher/k3s/config.yaml.d")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let path = try folder.write(
            "etc/rancher/k3s/config.yaml", "kube-apiserver-arg:\n- audit-log-maxage=1\n"
        ).path
        try folder.write("etc/rancher/k3s/config.yaml.d/20-b.yml", "kube-apiserver-arg+: profiling=false\n")
        try folder.write("etc/rancher/k3s/config.yaml.d/30.txt", "kube-apiserver-arg: no=1\n")
        func words() throws -> [String] { try LaunchFile.read(path).arguments.map(\.text) }
        #expect(try words() == ["--audit-log-maxage=1", "--profiling=false"])
        let flags = AggregationFlags(files: try FrontProxyStore(directory: "/opt", layout: .hardWay).load())
        let edited = try LaunchEdit(LaunchFile.read(path), flags: flags).edited()
        #expect(String(decoding: edited, as: UTF8.self).hasPrefix("kube-apiserver-arg:\n- audit-log-maxage=1\n- "))

        let file = try folder.write(
            "etc/rancher/k3s/config.yaml.d/10-a.yaml",
            "kube-apiserver-arg:\n- v=3\n- requestheader-allowed-names=\"''\"\n")
        #expect(try words() == ["--v=3", "--requestheader-allowed-names=\"''\"", "--profiling=false"])
        let findings = try LaunchLint(LaunchFile.read(path)).findings()
        #expect(findings.map(\.code.rawValue) == ["KB710"], "\(findings)")
        #expect(findings.first?.place.file == file.path && findings.first?.place.line == 3)
        let error = try #require(throws: LaunchFileError.self) {
            try LaunchEdit(LaunchFile.read(path), flags: flags).edited()
        }
        #expect(error.description.contains("10-a.yaml") && error.hint?.contains("10-a.yaml") == true)
    }

    @Test func aUnitOfK3sIsNotEditedAsYAML() throws {
        let unit = "[Service]\nExecStart=/usr/local/bin/k3s server \\\n    --kube-apiserver-arg=v=2\n"
        let flags = AggregationFlags(files: try FrontProxyStore(directory: "/opt", layout: .hardWay).load())
        let error = try #require(throws: LaunchFileError.self) {
            try LaunchEdit(read(unit, path: "k3s.service"), flags: flags).edited()
        }
        // There is no such file on this host.
        #expect(
            error.hint == "kbootstrap apiserver-flags --format k3s   # and put them into /etc/rancher/k3s/config.yaml")
    }

    // MARK: What a pod sees

    @Test func podsThatSeeAnotherFolderAreNotEdited() throws {
        let pod = LaunchSamples.staticPod(["--v=2"], mount: "/opt/").replacing("path: /opt/", with: "path: /srv")
        let flags = AggregationFlags(files: try FrontProxyStore(directory: "/opt/a", layout: .hardWay).load())
        let error = try #require(throws: LaunchFileError.self) {
            try LaunchEdit(read(pod), flags: flags).edited()
        }
        #expect(error.description.contains("/opt/a in the pod of x is /srv/a of the host"))
    }

    @Test func commentsStayWithWhatTheySpeakOf() throws {
        let pod = LaunchSamples.staticPod(["--v=2"], mount: "/a")
            .replacing("volumeMounts:\n", with: "volumeMounts:\n    # certificates\n")
        let flags = AggregationFlags(files: try FrontProxyStore(directory: "/opt", layout: .hardWay).load())
        let edited = String(decoding: try LaunchEdit(read(pod), flags: flags).edited(), as: UTF8.self)
        #expect(edited.contains("    # certificates\n    - mountPath: /a\n"))
    }

    @Test func filesThatKubeadmMakesAreJudged() throws {
        let host = try HostCopy()
        let folder = host.root + "/etc/kubernetes/pki"
        _ = try FrontProxyStore(directory: folder, layout: .kubeadm).ensure(FrontProxyOptions())
        #expect(try host.lint(LaunchSamples.kubeadmMap, path: "k.yaml") == [])
        try FileManager.default.removeItem(atPath: folder + "/front-proxy-client.key")
        try FileManager.default.copyItem(
            at: host.file("front-proxy-key.pem"), to: URL(filePath: folder + "/front-proxy-client.key"))
        let findings = try host.lint(LaunchSamples.kubeadmMap, path: "k.yaml")
        #expect(findings.map(\.code.rawValue) == ["KB713"], "\(findings)")
        #expect(
            try host.lint(LaunchSamples.kubeadmMap + "certificatesDir: /var/lib/kubernetes\n", path: "k.yaml") == [])
    }
}
