// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient
import Testing

@testable import kbootstrap_lab

/// What a lab does differently from one Kubernetes to the next.
@Suite struct ControlPlaneVersionTests {
    @Test(arguments: [
        ("Kubernetes v1.20.2\n", 20, "v1.20.2"), ("Kubernetes v1.36.2-rc.1\n", 36, "v1.36.2-rc.1"),
        ("Kubernetes v1.33+abc\n", 33, "v1.33+abc"),
    ])
    func printedVersion(_ printed: String, _ minor: Int, _ text: String) throws {
        let version = try #require(ServerVersion(printed: printed))
        #expect(version == ServerVersion(major: 1, minor: minor, gitVersion: text))
        #expect(version.isAtLeast(minor: minor) && !version.isAtLeast(minor: minor + 1))
    }

    @Test(arguments: ["", "Kubernetes", "Kubernetes v1", "sh: not found"])
    func noVersion(_ printed: String) { #expect(ServerVersion(printed: printed) == nil) }

    /// Lines of kube-controller-manager 1.20.2 and of kubemark 1.36.
    @Test func flagsThatAProgramKnows() {
        let flags = ProgramFlags(
            help: """
                Flags:
                      --port int                     DEPRECATED: the port on which to serve HTTP insecurely
                      --use-host-image-service       Set to true if … --other=1 … (default true)
                  -h, --help                         help for kubemark
                """)
        #expect(flags.keeping(["--port=0", "--other=1"]) == ["--port=0"])
        #expect(flags.keeping(["--use-host-image-service=false"]) == ["--use-host-image-service=false"])
        #expect(flags.keeping(["--help"]) == ["--help"])
        #expect(ProgramFlags(help: "").keeping(["--port=0"]).isEmpty)
    }

    @Test(arguments: [(20, "discovery.k8s.io/v1beta1"), (21, "discovery.k8s.io/v1"), (36, "discovery.k8s.io/v1")])
    func endpointsOfBothKinds(_ minor: Int, _ apiVersion: String) throws {
        func objects(_ fault: LabFault?) -> [JSONValue] {
            SampleAPI(
                caBundle: .init(), fault: fault,
                version: ServerVersion(major: 1, minor: minor, gitVersion: "v1.\(minor).0")
            ).objects()
        }
        let healthy = objects(nil)
        let slice = try #require(healthy.first { $0["kind"] == "EndpointSlice" })
        let endpoints = try #require(healthy.first { $0["kind"] == "Endpoints" })
        #expect(slice["apiVersion"].string == apiVersion)
        #expect(slice["endpoints"][0]["addresses"][0] == endpoints["subsets"][0]["addresses"][0]["ip"])
        #expect(slice["ports"] == endpoints["subsets"][0]["ports"])
        // Else kube-controller-manager would make a second slice.
        #expect(endpoints["metadata"]["labels"]["endpointslice.kubernetes.io/skip-mirror"] == "true")
        for kind in ["Endpoints", "EndpointSlice"] {
            #expect(!objects(.noEndpoints).contains { $0["kind"].string == kind })
        }
        let unready = objects(.noAddresses).first { $0["kind"] == "EndpointSlice" }
        #expect(unready?["endpoints"][0]["conditions"]["ready"] == false)
    }

    @Test(arguments: [(20, false, false), (26, false, false), (27, true, false), (31, true, true), (36, true, true)])
    func kubeletSettings(_ minor: Int, hasRuntime: Bool, hasFailCgroupV1: Bool) {
        let version = ServerVersion(major: 1, minor: minor, gitVersion: "v1.\(minor).0")
        let configuration = RealNode.kubeletConfiguration(cgroup: "lab", version: version)
        #expect((configuration["containerRuntimeEndpoint"] != .null) == hasRuntime)
        #expect((configuration["failCgroupV1"] != .null) == hasFailCgroupV1)
        let words = RealNode.kubelet("kubelet", folder: "/lab", version: version)
        #expect(words.contains("--container-runtime=remote") == !hasRuntime)
    }
}
