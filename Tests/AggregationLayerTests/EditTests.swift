// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Foundation
import Judges
import Testing

@Suite struct EditTests {
    private static let flags = Result {
        AggregationFlags(files: try FrontProxyStore(directory: "/opt/front", layout: .hardWay).load())
    }

    struct Sample: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        var testDescription: String { name }
    }

    static let pod = LaunchSamples.staticPod(["--etcd-servers=x", "--v=2  # loud"], mount: "/etc/kubernetes/pki")
    static let samples = [
        Sample(name: "hard-way.service", text: HostCopy.unit(["--v=2", "--etcd-servers=x"])),
        Sample(name: "one-line.service", text: "[Service]\nExecStart=/usr/bin/kube-apiserver --v=2 $MORE\nType=notify"),
        Sample(
            name: "comments.service",
            text:
                "[Service]\n# a\nExecStart=-/usr/bin/kube-apiserver \\\n\t--v=2 \\\n# b\n\t--etcd-servers=x\n\n[Install]\n"
        ),
        Sample(name: "crlf.service", text: HostCopy.unit(["--v=2"]).replacing("\n", with: "\r\n")),
        Sample(
            name: "partly.service",
            text: HostCopy.unit([
                "--requestheader-allowed-names=old", "--v=2", "--requestheader-username-headers X-Remote-User",
                "--proxy-client-key-file=/a", "--proxy-client-key-file=/b",
            ])),
        Sample(name: "kubeadm-1.31.yaml", text: pod),
        Sample(name: "crlf.yaml", text: pod.replacing("\n", with: "\r\n")),
        Sample(
            name: "partly.yaml",
            text: LaunchSamples.staticPod(
                ["\"--requestheader-allowed-names=''\"", "--v=2", "--enable-aggregator-routing=false"], mount: "/opt")),
        Sample(
            name: "flow.yaml",
            text: "kind: Pod\nspec: \n  containers:\n  - name: a\n    command: [\"kube-apiserver\", \"--v=2\"]\n"
                + "    volumeMounts:\n    - {name: v, mountPath: /opt}\n  volumes:\n  - {name: v, hostPath: {path: /opt}}\n"
        ),
        Sample(
            name: "split.yaml",
            text: pod.replacing("    - kube-apiserver\n", with: "    - kube-apiserver\n    args:\n")
                .replacing("path: /etc/kubernetes/pki", with: "path: '/etc/kubernetes/pki'")),
        Sample(
            name: "documents.yaml",
            text: "# ours\n--- # first\napiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n---\n" + pod + "...\n"),
        Sample(
            name: "sidecar.yaml",
            text: pod.replacing(
                "  containers:\n",
                with:
                    "  containers:\n  - args: [\"--v=9\"]\n    command: [tail, /var/log/kube-apiserver.log]\n    name: log\n"
            )),
        Sample(
            name: "pod.json",
            text: """
                {"kind": "Pod", "apiVersion": "v1", "spec": {
                  "containers": [{"name": "kube-apiserver",
                    "command": ["kube-apiserver",
                                "--v=2"],
                    "volumeMounts": [{"name": "a", "mountPath": "/opt"}]}],
                  "volumes": [{"name": "a", "hostPath": {"path": "/opt"}}]
                }}

                """),
        Sample(name: "quoted.yaml", text: LaunchSamples.staticPod(["'--v=2'", "\"--etcd-servers=x\""], mount: "/opt")),
        Sample(name: "kubeadm-v1beta3", text: LaunchSamples.kubeadmMap),
        Sample(name: "kubeadm-v1beta4", text: LaunchSamples.kubeadmList),
        Sample(
            name: "kubeadm-bare", text: "kind: ClusterConfiguration\napiVersion: kubeadm.k8s.io/v1beta4\nclusterName: x"
        ),
        Sample(
            name: "kubeadm-sans",
            text: "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\napiServer:\n  certSANs:\n  - a\n"),
        Sample(name: "k3s", text: LaunchSamples.k3s), Sample(name: "/etc/rancher/k3s/config.yaml", text: "token: x"),
        Sample(name: "args", text: "kube-apiserver\n--v=2\n"),
    ]

    /// What kubeadm and k3s set to the same value by themselves is not added.
    private static func wanted(_ sample: Sample) throws -> [AggregationFlag] {
        let setsHeaders = sample.text.contains("ClusterConfiguration") || sample.name.contains("k3s")
        return try flags.get().flags.filter { !setsHeaders || !$0.value.hasPrefix("X-Remote-") }
    }

    private func edit(_ text: String, _ path: String) throws -> String {
        let file = try LaunchFile(path: path, bytes: Array(text.utf8))
        return String(decoding: try LaunchEdit(file, flags: Self.flags.get()).edited(), as: UTF8.self)
    }

    @Test(arguments: samples)
    func theFlagsAreThereAfterwardsAndNothingElseChanges(_ sample: Sample) throws {
        let edited = try edit(sample.text, sample.name)
        let flags = try Self.wanted(sample).map(\.argument)
        let read = try LaunchFile(path: sample.name, bytes: Array(edited.utf8)).arguments.map(\.text)
        for flag in flags {
            let parts = flag.split(separator: "=", maxSplits: 1).map(String.init)
            #expect(read.contains(flag) || (read.contains(parts[0]) && read.contains(parts[1])), "\(flag)\n\(edited)")
        }
        // Lines that say nothing about our flags are all there, in their order, to the byte.
        let old = sample.text.replacing("\r\n", with: "\n").components(separatedBy: "\n")
        var rest = edited.replacing("\r\n", with: "\n").components(separatedBy: "\n")[...]
        for line in old
        where !line.contains("requestheader") && !line.contains("proxy-client") && !line.contains("routing") {
            let wanted = line.trimmingCharacters(in: CharacterSet(charactersIn: "\\\r ],"))
            guard !wanted.isEmpty else { continue }
            guard let found = rest.firstIndex(where: { $0.contains(wanted) }) else {
                Issue.record("\(line) is gone or moved:\n\(edited)")
                break
            }
            rest = rest[(found + 1)...]
        }
        #expect(edited.contains("\r\n") == sample.text.contains("\r\n"))
        if sample.text.contains("\r\n") { #expect(!edited.replacing("\r\n", with: "").contains("\n")) }
        #expect(try edit(edited, sample.name) == edited, "a second edit changes nothing")
    }

    @Test(arguments: samples.filter { $0.text.contains("kind: ") || $0.name.contains("k3s") })
    func anotherYAMLReaderSeesOnlyTheDifference(_ sample: Sample) throws {
        let folder = try ScratchFolder()
        try folder.write("before", sample.text)
        try folder.write("after", edit(sample.text, sample.name))
        let own = try Self.wanted(sample)
        try folder.write("flags", own.map { "\($0.name)=\($0.value)" }.joined(separator: "\n"))
        let script = try folder.write(
            "compare.py",
            """
            import sys, yaml
            own = dict(l.split("=", 1) for l in open("flags"). read().split("\\n"))
            def strip(node, found):
                if isinstance(node, dict):
                    if set(node) == {"name", "value"} and node["name"] in own:
                        found[node["name"]] = node["value"]; return None
                    if node.get("name", "").startswith("front-proxy") if isinstance(node.get("name", ""), str) else False:
                        return None
                    for key in [k for k in node if k in own]: found[key] = node.pop(key)
                    return {k: v for k, v in ((k, strip(v, found)) for k, v in node.items()) if v not in (None, {}, [])}
                if isinstance(node, list):
                    return [x for x in (strip(x, found) for x in node) if x is not None]
                if isinstance(node, str) and node.lstrip("-").split("=")[0] in own and "=" in node:
                    name, value = node.lstrip("-").split("=", 1)
                    found[name] = value; return None
                return node
            def load(name): return [d for d in yaml.safe_load_all(open(name))]
            found = {}
            before, after = strip(load("before"), {}), strip(load("after"), found)
            assert before == after, (before, after)
            assert found == own, (found, own)
            """)
        let outcome = try Tool.require("python3").run([script.path], in: folder.url)
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test func kubernetesAcceptsThePod() throws {
        let folder = try ScratchFolder()
        let file = try folder.write("pod.yaml", edit(Self.pod, "pod.yaml"))
        let outcome = try Tool.require("kubernetes-validate").run(["-k", "1.31", "--strict", file.path])
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(try edit(Self.pod, "x").contains("      path: /opt/front\n"))
    }

    @Test(arguments: [
        (
            "[Service]\nEnvironment=A=--requestheader-allowed-names=x\nExecStart=/usr/bin/kube-apiserver $A\n",
            "in a variable"
        ),
        ("KUBE=\"--v=2\"\n", "environment file"),
        (
            "kind: Pod\nspec:\n  containers:\n  - name: a\n    command:\n    - kube-apiserver\n    - --v=2\n",
            "no volumes"
        ),
        (
            "kind: Pod\nspec:\n  containers:\n  - name: a\n    command:\n    - kube-apiserver\n    - >-\n      --v=2\n",
            "not edited"
        ),
    ])
    func whatCannotBeEditedSafelyIsRefused(_ text: String, _ message: String) throws {
        let error = try #require(throws: LaunchFileError.self) { try edit(text, "x") }
        #expect(error.description.contains(message), "\(error)")
        #expect(error.hint != nil)
    }

    @Test func diffsAreThoseOfDiff() throws {
        let folder = try ScratchFolder()
        for sample in Self.samples {
            let edited = try edit(sample.text, sample.name)
            let ours = UnifiedDiff(path: "f", old: Array(sample.text.utf8), new: Array(edited.utf8)).rendered()
            try folder.write("f", sample.text)
            try folder.write("p.diff", ours)
            let outcome = try Tool.require("patch").run(["--binary", "-s", "f", "p.diff"], in: folder.url)
            #expect(outcome.status == 0, "\(outcome.output)\n\(ours)")
            #expect(try folder.read("f") == Array(edited.utf8))
        }
    }

    @Test func backupsBringTheBytesBack() throws {
        let folder = try ScratchFolder()
        try FileManager.default.createDirectory(at: folder.file("manifests"), withIntermediateDirectories: false)
        let path = try folder.write("manifests/pod.yaml", "one\n", mode: 0o600).path
        let store = LaunchFileStore(directory: folder.file("kept").path)
        let (one, two) = (Array("one\n".utf8), Array("two\n".utf8))
        #expect(try store.lastChange(of: path) == nil)
        _ = try store.replace(path, old: one, with: two)
        #expect(try folder.read("manifests/pod.yaml") == two)
        #expect(throws: LaunchFileError.self) { try store.replace(path, old: one, with: two) }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("manifests").path)
        #expect(names == ["pod.yaml"])
        let change = try #require(try store.lastChange(of: path))
        #expect(change.before == one)
        try store.undo(path, old: two, before: change.before)
        #expect(try folder.read("manifests/pod.yaml") == one)
    }

    @Test func changesThatNeverHappenedAreNotTakenBack() throws {
        let folder = try ScratchFolder()
        let path = try folder.write("a.service", "one\n").path
        let store = LaunchFileStore(directory: folder.file("kept").path)
        let (one, two, three) = (Array("one\n".utf8), Array("two\n".utf8), Array("three\n".utf8))
        #expect(throws: LaunchFileError.self) { try store.replace(path, old: two, with: three) }
        #expect(try store.lastChange(of: path) == nil, "a change that was refused leaves nothing")
        _ = try store.replace(path, old: one, with: two)
        let kept = try store.replace(path, old: two, with: three)
        // As if the second one had been killed before it reached the file.
        try folder.write("a.service", "two\n")
        let change = try #require(try store.lastChange(of: path))
        #expect(change.before == one && change.after == two)
        try store.undo(path, old: two, before: change.before)
        #expect(try folder.read("a.service") == one)
        #expect(!FileManager.default.fileExists(atPath: kept))
        #expect(try store.lastChange(of: path) == nil)
    }

    @Test func linksAreFollowedToTheFileItself() throws {
        let folder = try ScratchFolder()
        try folder.write("real.service", "one\n")
        let link = folder.file("link.service").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real.service")
        let store = LaunchFileStore(directory: folder.file("kept").path)
        _ = try store.replace(link, old: Array("one\n".utf8), with: Array("two\n".utf8))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "real.service")
        #expect(try folder.read("real.service") == Array("two\n".utf8))
        #expect(try store.lastChange(of: folder.file("real.service").path)?.before == Array("one\n".utf8))
    }

    /// A flag and its value as two items of a list, the second time again: the value is changed, the repetition goes.
    @Test func valuesInItemsOfTheirOwnAreEdited() throws {
        let text = LaunchSamples.staticPod(
            [
                "--requestheader-allowed-names", "old", "--v=2", "--requestheader_allowed_names",
                "again", "--proxy-client-key-file=/x",
            ], mount: "/opt")
        let edited = try edit(text, "pod.yaml")
        #expect(
            edited.contains("    - --requestheader-allowed-names\n    - front-proxy-ca\n    - --v=2\n    - --proxy-"))
        #expect(!edited.contains("again") && !edited.contains("- old\n"))
        #expect(try edit(edited, "pod.yaml") == edited)
    }
}
