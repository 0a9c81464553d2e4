// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import Testing

@testable import kbootstrap_lab

@Suite struct StandinPodTests {
    static func pod(
        image: String = "registry.example:5000/metrics-server/metrics-server:v0.6.1",
        args: [JSONValue] = ["--cert-dir=/tmp", "--secure-port=4443"], phase: JSONValue = "Running",
        deleted: JSONValue = .null, env: JSONValue = [], hostNetwork: JSONValue = .null, user: JSONValue = .null
    ) -> JSONValue {
        [
            "metadata": ["name": "ms-1", "namespace": "kube-system", "uid": "u1", "deletionTimestamp": deleted],
            "spec": [
                "serviceAccountName": "ms", "hostNetwork": hostNetwork,
                "containers": [
                    ["name": "sidecar", "image": "example/proxy:1"],
                    [
                        "name": "ms", "image": .string(image), "args": .array(args), "env": env,
                        "securityContext": ["runAsUser": user],
                    ],
                ],
            ],
            "status": ["phase": phase],
        ]
    }

    @Test(arguments: [0, 5]) func answersOnWhileItSleeps(_ seconds: Int) {
        let container: JSONValue = [
            "name": "metrics-server", "lifecycle": ["preStop": ["sleep": ["seconds": .int(Int64(seconds))]]],
        ]
        #expect(StandinPod.preStopSleep(of: container) == .seconds(seconds))
        #expect(StandinPod.preStopSleep(of: ["name": "metrics-server"]) == .zero)
    }

    @Test func takesTheContainerWithTheImage() throws {
        let pod = try #require(StandinPod(Self.pod()))
        #expect(pod.container == "ms")
        #expect(pod.serviceAccount == "ms")
        #expect(pod.port == 4443)
        #expect(
            pod.arguments(nodeAddress: "10.77.0.10") == [
                "--cert-dir=/tmp", "--secure-port=4443", "--bind-address=192.168.192.168",
            ])
    }

    @Test func listensOnTheNodesAddressInItsNetwork() throws {
        let pod = try #require(StandinPod(Self.pod(hostNetwork: true)))
        #expect(pod.arguments(nodeAddress: "10.77.0.10").last == "--bind-address=10.77.0.10")
    }

    @Test(arguments: [(.null, true), (0, true), (1000, false)] as [(JSONValue, Bool)])
    func mayListenOnLowPortsAsRootOnly(user: JSONValue, isRoot: Bool) throws {
        #expect(try #require(StandinPod(Self.pod(user: user))).isRoot == isRoot)
    }

    @Test func leavesOtherImagesAlone() {
        #expect(StandinPod(Self.pod(image: "example/web:v0.6.1")) == nil)
    }

    @Test(
        arguments: [
            ("metrics-server:v0.6.1", "v0.6.1"), ("registry.example:5000/a/metrics-server:v0.9.0", "v0.9.0"),
            ("a/metrics-server:v0.7.2@sha256:00", "v0.7.2"), ("registry.example:5000/metrics-server", nil),
            ("a/metrics-server@sha256:00", nil),
        ] as [(String, String?)])
    func standsInForTheReleaseOfTheTag(image: String, release: String?) throws {
        let pod = try #require(StandinPod(Self.pod(image: image)))
        #expect(pod.environment[StandinRelease.environmentVariable] == release)
    }

    @Test func listensWhereUpstreamWouldWithoutAPort() throws {
        #expect(try #require(StandinPod(Self.pod(args: []))).port == 443)
    }

    /// The stand-in must see the pod's world and nothing of who started the lab.
    @Test func hasTheEnvironmentOfAPod() throws {
        let pod = try #require(StandinPod(Self.pod(env: [["name": "A", "value": "b"]])))
        #expect(pod.environment["KUBERNETES_SERVICE_HOST"] == "10.32.0.1")
        #expect(pod.environment["A"] == "b")
        #expect(pod.environment["KUBECONFIG"] == nil)
        #expect(pod.environment["HOME"] == nil)
    }

    @Test(
        arguments: [
            ("Running", .null, true), ("Pending", .null, true), ("Succeeded", .null, false), ("Failed", .null, false),
            ("Running", "2026-01-01T00:00:00Z", false),
        ] as [(JSONValue, JSONValue, Bool)])
    func runsUntilThePodIsToGo(phase: JSONValue, deleted: JSONValue, isWanted: Bool) throws {
        #expect(try #require(StandinPod(Self.pod(phase: phase, deleted: deleted))).isWanted == isWanted)
    }
}
