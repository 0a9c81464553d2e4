// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import MetricsServer
import Testing

@Suite struct WorkloadOptionsTests {
    private func objects(_ workload: WorkloadOptions, release: String = "0.9.0") throws -> [JSONValue] {
        let release = try #require(MetricsServerRelease.named(release))
        return try MetricsServerManifest(MetricsServerOptions(release: release, workload: workload)).objects()
    }

    private func deployment(_ workload: WorkloadOptions, release: String = "0.9.0") throws -> JSONValue {
        try #require(try objects(workload, release: release).first { $0["kind"] == "Deployment" })["spec"]
    }

    @Test("high availability equals upstream's, field for field")
    func highAvailability() throws {
        var workload = WorkloadOptions()
        workload.highAvailability = true
        let ours = try objects(workload)
        let theirs = try JSONValue.documents(yaml: Fixture.text("v0.9.0-high-availability.yaml"))
        #expect(ours.count == theirs.count)
        for object in theirs {
            let own = ours.first { $0["kind"] == object["kind"] && $0.name == object.name }
            #expect(own == object, "\(object["kind"].string ?? "") \(object.name ?? "")")
        }
    }

    @Test("before policy/v1 the budget is of policy/v1beta1, which the client knows too")
    func oldBudget() throws {
        var workload = WorkloadOptions()
        workload.highAvailability = true
        workload.hasPolicyV1 = false
        let budget = try #require(try objects(workload).first { $0["kind"] == "PodDisruptionBudget" })
        #expect(budget["apiVersion"] == "policy/v1beta1")
        #expect(
            ObjectReference(budget)?.path
                == "/apis/policy/v1beta1/namespaces/kube-system/poddisruptionbudgets/metrics-server")
    }

    @Test("in the node's network the port is not the kubelet's", arguments: ["0.6.4", "0.7.2", "0.9.0"])
    func hostNetwork(_ release: String) throws {
        var workload = WorkloadOptions()
        workload.hostNetwork = true
        let pod = try deployment(workload, release: release)["template"]["spec"]
        #expect(pod["hostNetwork"] == .bool(true))
        #expect(pod["containers"][0]["ports"][0]["containerPort"] == 4443)
        #expect(pod["containers"][0]["args"].array?.contains("--secure-port=4443") == true)
    }

    @Test("where kubelets can wait, a pod that is to go still answers for a while", arguments: [true, false])
    func farewell(_ hasSleepAction: Bool) throws {
        var workload = WorkloadOptions()
        workload.hasSleepAction = hasSleepAction
        let container = try deployment(workload)["template"]["spec"]["containers"][0]
        #expect(container["lifecycle"]["preStop"]["sleep"]["seconds"].int == (hasSleepAction ? 5 : nil))
    }

    @Test("on one Node a pod that holds the node's port has to go before its successor comes", arguments: [0, 1, 3])
    func oneNode(_ nodes: Int64) throws {
        var workload = WorkloadOptions()
        workload.hostNetwork = true
        workload.nodes = nodes
        #expect(try deployment(workload)["strategy"]["rollingUpdate"]["maxUnavailable"] == (nodes == 1 ? 1 : 0))
        workload.hostNetwork = false
        #expect(try deployment(workload)["strategy"]["rollingUpdate"]["maxUnavailable"] == 0)
    }

    @Test(
        "a pod is called ready after its second scrape, within five minutes",
        arguments: [(12, 20), (15, 20), (16, 21), (60, 65), (3600, 300)])
    func readiness(_ resolution: Int64, _ delay: Int64) throws {
        var workload = WorkloadOptions()
        try workload.setResolution(.seconds(resolution))
        let container = try deployment(workload, release: "0.8.1")["template"]["spec"]["containers"][0]
        #expect(container["readinessProbe"]["initialDelaySeconds"] == .int(delay))
    }

    @Test(
        "each node beyond 100 takes 1 millicore and 2 MiB",
        arguments: [(0, "100m", "200Mi"), (100, "100m", "200Mi"), (101, "101m", "202Mi"), (5000, "5000m", "10000Mi")])
    func resources(_ nodes: Int64, _ cpu: String, _ memory: String) throws {
        var workload = WorkloadOptions()
        workload.nodes = nodes
        let requests = try deployment(workload)["template"]["spec"]["containers"][0]["resources"]["requests"]
        #expect(requests == ["cpu": .string(cpu), "memory": .string(memory)])
    }

    @Test("images come from a mirror, by digest, with Secrets")
    func image() throws {
        var workload = WorkloadOptions()
        let digest = "sha256:" + String(repeating: "0a", count: 32)
        try workload.setRegistry("mirror.example:5000/k8s")
        try workload.setDigest(digest)
        try workload.add(pullSecret: "regcred")
        let pod = try deployment(workload)["template"]["spec"]
        let image = pod["containers"][0]["image"].string
        #expect(image == "mirror.example:5000/k8s/metrics-server/metrics-server:v0.9.0@\(digest)")
        #expect(pod["imagePullSecrets"] == [["name": "regcred"]])
    }

    @Test("placement, replicas and arguments arrive, and an argument replaces the usual one")
    func placement() throws {
        var workload = WorkloadOptions()
        try workload.setReplicas(3)
        try workload.add(toleration: "node-role.kubernetes.io/control-plane:NoSchedule")
        try workload.add(toleration: "dedicated=infra")
        try workload.add(nodeSelector: "pool=infra")
        try workload.setResolution(.seconds(30))
        try workload.add(argument: "--kubelet-preferred-address-types=Hostname")
        let spec = try deployment(workload)
        let pod = spec["template"]["spec"]
        #expect(spec["replicas"] == 3)
        #expect(
            pod["tolerations"] == [
                ["key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"],
                ["key": "dedicated", "operator": "Equal", "value": "infra"],
            ])
        #expect(pod["nodeSelector"] == ["kubernetes.io/os": "linux", "pool": "infra"])
        #expect(
            pod["containers"][0]["args"] == [
                "--cert-dir=/tmp", "--secure-port=10250", "--kubelet-use-node-status-port", "--metric-resolution=30s",
                "--kubelet-preferred-address-types=Hostname",
            ])
    }

    @Test(
        "what cannot be meant is refused by its option",
        arguments: [
            ("toleration", ""), ("toleration", "a b"), ("toleration", "key:Never"), ("toleration", "a/b/c"),
            ("node-selector", "pool"), ("node-selector", "=x"), ("node-selector", "pool=a b"),
            ("image-digest", "sha256:12"), ("image-digest", "md5:" + String(repeating: "0", count: 64)),
            ("image", ""), ("image", "a b"), ("image", "name:"), ("registry", "https://mirror.example"),
            ("image-pull-secret", "Upper"), ("extra-arg", "v=4"), ("extra-arg", "--"), ("extra-arg", "--secure-port=1"),
            ("extra-arg", "--kubelet-port=65536"), ("extra-arg", "--kubelet-port=0"),
            ("extra-arg", "--kubelet-port=-1"),
            ("extra-arg", "--kubelet-port=http"), ("extra-arg", "--kubelet-port"), ("extra-arg", "--kubelet-port="),
        ])
    func refused(_ option: String, _ value: String) {
        var workload = WorkloadOptions()
        let error = #expect(throws: WorkloadOptionError.self) {
            switch option {
            case "toleration": try workload.add(toleration: value)
            case "node-selector": try workload.add(nodeSelector: value)
            case "image-digest": try workload.setDigest(value)
            case "image": try workload.setImage(value)
            case "registry": try workload.setRegistry(value)
            case "image-pull-secret": try workload.add(pullSecret: value)
            default: try workload.add(argument: value)
            }
        }
        #expect(error?.option == option)
        #expect(error?.value == value)
    }

    @Test("metrics-server ends at its start with a resolution that leaves kubelets no 10 s", arguments: [0, 9, 11])
    func resolution(_ seconds: Int) {
        var workload = WorkloadOptions()
        #expect(throws: WorkloadOptionError.self) { try workload.setResolution(.seconds(seconds)) }
    }

    @Test(
        "how seldom is enough follows from the time that a kubelet has to answer, as metrics-server counts it",
        arguments: [
            ("30s", 33, false), ("30s", 34, true), ("9s", 10, true), ("9s", 9, false), ("10800ms", 12, true),
            ("10801ms", 12, false), ("1m0s", 66, false), ("1m0s", 67, true),
        ])
    func patience(_ timeout: String, _ seconds: Int, _ isEnough: Bool) throws {
        var workload = WorkloadOptions()
        try workload.add(argument: "--kubelet-request-timeout=\(timeout)")
        do throws(WorkloadOptionError) {
            try workload.setResolution(.seconds(seconds))
            #expect(isEnough && workload.resolution == Int64(seconds))
        } catch { #expect(!isEnough && error.wants.contains(timeout)) }
    }
}
