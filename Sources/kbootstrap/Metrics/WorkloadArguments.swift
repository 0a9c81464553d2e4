// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MetricsServer

/// Where metrics-server runs, how often, and what it is given.
struct WorkloadArguments: ParsableArguments {
    @Flag(help: "Two replicas on different nodes, and a PodDisruptionBudget.")
    var ha = false

    @Option(help: "How many replicas.")
    var replicas: Int?

    @Option(help: "The whole image, with its tag.")
    var image: String?

    @Option(help: "The registry that mirrors metrics-server/metrics-server.")
    var registry: String?

    @Option(help: "The image's digest, sha256:HEX.")
    var imageDigest: String?

    @Option(help: "A Secret to pull the image with; may be repeated.")
    var imagePullSecret: [String] = []

    @Flag(help: "Run in the node's network, on port 4443, which is not the kubelet's.")
    var hostNetwork = false

    @Option(help: "A taint to tolerate, KEY[=VALUE][:EFFECT]; may be repeated.")
    var toleration: [String] = []

    @Option(help: "A label that the node must have, KEY=VALUE; may be repeated.")
    var nodeSelector: [String] = []

    @Option(help: "How often kubelets are scraped, from 12s.")
    var resolution = DurationArgument(duration: .seconds(15))

    @Option(help: "Resources for that many nodes (default: as many as there are when installing).")
    var nodes: Int?

    @Option(
        parsing: .unconditionalSingleValue,
        help: "An argument for metrics-server, --NAME=VALUE, in place of its usual one; may be repeated.")
    var extraArg: [String] = []

    func validate() throws {
        if image != nil, registry != nil { throw ValidationError("--image names the registry: leave out --registry") }
        if let nodes, !(0...1_000_000).contains(nodes) {
            throw ValidationError("--nodes \(nodes) is refused: it must be from 0 to 1000000")
        }
        if ha, replicas == 1 { throw ValidationError("--ha needs at least 2 --replicas") }
        do { _ = try options() } catch { throw ValidationError(error.description) }
    }

    func options() throws(WorkloadOptionError) -> WorkloadOptions {
        var options = WorkloadOptions()
        options.highAvailability = ha
        options.hostNetwork = hostNetwork
        options.nodes = Int64(nodes ?? 0)
        if let replicas { try options.setReplicas(replicas) }
        if let image { try options.setImage(image) }
        if let registry { try options.setRegistry(registry) }
        if let imageDigest { try options.setDigest(imageDigest) }
        for name in imagePullSecret { try options.add(pullSecret: name) }
        for text in toleration { try options.add(toleration: text) }
        for text in nodeSelector { try options.add(nodeSelector: text) }
        for text in extraArg { try options.add(argument: text) }
        try options.setResolution(resolution.duration)
        return options
    }
}
