// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import KubeletCertificates
import PKI

/// Which names and addresses kubelets' serving certificates may carry.
struct KubeletCertificateNameArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A network in which Nodes have addresses; may be given several times (default: no address is allowed).",
            valueName: "cidr"))
    var allowCidr: [IPNetwork] = []

    @Option(
        help: ArgumentHelp(
            "A domain below which Nodes have names; may be given several times (default: the Node's own name only, without a dot).",
            valueName: "domain"))
    var allowDnsSuffix: [String] = []

    @Option(
        help: ArgumentHelp(
            "A Node on whose host an API server runs, and which may carry its address; may be given several times.",
            valueName: "node"))
    var controlPlaneNode: [String] = []

    @Option(
        help: ArgumentHelp(
            "What no Node may carry, such as a load balancer of API servers that their own certificates do not name; may be given several times.",
            valueName: "name|address"))
    var reserve: [SubjectAlternativeName] = []

    var limits: KubeletCertificateNameLimits {
        KubeletCertificateNameLimits(
            networks: allowCidr, suffixes: allowDnsSuffix, controlPlaneNodes: Set(controlPlaneNode), reserved: reserve)
    }
}
