// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import Foundation
import Judges
import Testing

@Suite struct ReadingTests {
    private func read(_ text: String, path: String = "kube-apiserver.service", root: String = "/nowhere") throws
        -> LaunchFile
    {
        try LaunchFile(path: path, bytes: Array(text.utf8), root: root)
    }

    @Test(arguments: [
        (LaunchFormat.systemd, "a.service", HostCopy.unit(["--v=2"])),
        (.systemd, "x.conf", "# mine\n[Service]\nExecStart=\nExecStart=/usr/bin/kube-apiserver --v=2\n"),
        (.staticPod, "-", LaunchSamples.staticPod(["--v=2"], mount: "/a")),
        (.kubeadm, "-", LaunchSamples.kubeadmMap), (.kubeadm, "-", LaunchSamples.kubeadmList),
        (.k3s, "-", LaunchSamples.k3s), (.rke2, "/etc/rancher/rke2/config.yaml", "token: x\n"),
        (.args, "-", "--v=2\n--a=b\n"), (.args, "-", "kube-apiserver\u{0}--v=2\u{0}"),
        (.environmentFile, "-", "# opts\nKUBE_APISERVER_OPTS=\"--v=2 \\\n  --etcd-servers=x\"\n"),
    ])
    func kindsAreFoundByContent(_ format: LaunchFormat, _ path: String, _ text: String) throws {
        #expect(try read(text, path: path).format == format)
    }

    @Test func variablesComeFromFilesAndDropIns() throws {
        let folder = try ScratchFolder()
        for name in ["etc/sysconfig", "etc/systemd/system/kube-apiserver.service.d"] {
            try FileManager.default.createDirectory(
                at: folder.file("root/" + name), withIntermediateDirectories: true)
        }
        try folder.write(
            "root/etc/sysconfig/kube",
            "# c\nA=1\nARGS=\"--one=1 \\\n --two='2 3'\"\nQ='x y'z\nT=\"\"\"\n --three=3\n\"\"\"\n")
        try folder.write(
            "root/etc/systemd/system/kube-apiserver.service.d/10.conf",
            "[Service]\nEnvironmentFile=/etc/sysconfig/kube\nEnvironment=A=no B=2\n")
        let unit = """
            [Service]
            ExecStart=/usr/bin/kube-apiserver --etcd-servers=x $ARGS --a=${A}${B} --q=${Q} $T a$A $$B --p=%%n-%n $NONE
            """
        let file = try read(unit, root: folder.file("root").path)
        #expect(
            file.arguments.map(\.text) == [
                "/usr/bin/kube-apiserver", "--etcd-servers=x", "--one=1", "--two=2 3", "--a=12", "--q=x yz",
                "--three=3", "a$A", "$B", "--p=%n-kube-apiserver.service",
            ])
        let place = file.arguments[3].place
        #expect("\(place.file):\(place.line):\(place.column)" == "/etc/sysconfig/kube:4:2")
    }

    @Test func separateValuesAndUnderscoresAreFlagsToo() throws {
        let host = try HostCopy()
        let flags = HostCopy.healthy.map { flag in
            let parts = flag.split(separator: "=", maxSplits: 1)
            let name = parts[0].replacingOccurrences(of: "requestheader-", with: "requestheader_")
            return flag.hasPrefix("--enable") ? "--enable-aggregator-routing" : "\(name) \(parts[1])"
        }
        #expect(try host.lint(HostCopy.unit(flags)) == [])
    }

    @Test(arguments: [
        ("", "is empty"), ("a: *x\n", "not read in a launch file"), ("kind: Pod\nspec: 1\n", "without spec.containers"),
        ("kind: Deployment\n", "is a Deployment"), ("a: [\n", "not valid YAML"),
        ("a: 1\na: 2\n", "the key a is there twice"),
        ("a: &a [x]\nb: [*a, *a]\n", "not read in a launch file"),
        (
            "kind: Pod\nspec:\n  containers:\n  - name: kube-apiserver\n    command: [kube-apiserver, 1]\n",
            ":5: an argument is not text"
        ),
        ("kind: Pod\nspec:\n  containers:\n  - name: kube-apiserver\n    command: kube-apiserver\n", "must be lists"),
        ("[Service]\nExecStart=/bin/sh -c 'exec kubeapi'\n", "a shell's command line"),
        ("[Service]\nExecStart=/usr/bin/kubelet --v=2\n", "it runs /usr/bin/kubelet"), ("[Unit]\n", "no ExecStart="),
        (
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n    v: 2\n",
            "is not text"
        ),
        (
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n    v: \"2\"\n",
            "takes a list"
        ),
        (String(repeating: "[", count: 200_000), "not valid YAML"),
        (String(repeating: "- ", count: 200_000), "not valid YAML"),
        (String(repeating: "? ", count: 200_000), "not read in a launch file"),
        ("\u{FFFE}: {", "not valid YAML"), (String(repeating: "a", count: 2_000_000), "too large"),
    ])
    func hostileFilesFailWithOneSentence(_ text: String, _ message: String) throws {
        let error = try #require(throws: LaunchFileError.self) { try read(text, path: "x") }
        #expect(error.description.contains(message), "\(error)")
        #expect(!error.description.contains("\n") && error.description.count < 300)
    }
}
