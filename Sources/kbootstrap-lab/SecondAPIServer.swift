// SPDX-License-Identifier: Apache-2.0

import KubernetesClient

/// Another kube-apiserver beside a lab's, on a host of its own: a network namespace that a veth pair joins to the lab's.
enum SecondAPIServer {
    private static let address = "10.79.0.2"
    private static let labEnd = "10.79.0.1"

    private static let script = """
        ip link set lo up
        ip link add host type veth peer name second netns 1
        ip addr add \(address)/30 dev host
        ip link set host up
        nsenter --net=/proc/1/ns/net sh -euc 'ip addr add \(labEnd)/30 dev second; ip link set second up'
        ip route add default via \(labEnd)
        exec "$@"
        """
    /// What is its own, and the client certificate, which it lacks.
    private static let replaced = ["--etcd-servers=", "--advertise-address=", "--audit-", "--proxy-client-"]

    /// With the flags of the first, but for the aggregator's client certificate.
    static func component(beside first: LabComponent, folder: String) -> LabComponent {
        let flags =
            first.arguments.filter { flag in !replaced.contains { flag.hasPrefix($0) } } + [
                "--etcd-servers=http://\(labEnd):2379", "--advertise-address=\(address)",
            ]
        return LabComponent(
            name: "the second kube-apiserver", program: "unshare",
            arguments: ["--net", "sh", "-euc", script, "sh", first.program] + flags,
            log: "\(folder)/kube-apiserver-2.log")
    }

    /// Returns when clients of the cluster could know of it.
    static func waitUntilPublished(_ client: APIClient, log: String, _ messages: LabMessages) async throws {
        let published = ObjectReference(.endpoints, namespace: "default", name: "kubernetes")
        let wait = LabWait(what: "the second kube-apiserver publishes its address", logs: [log], messages: messages)
        try await wait.until { _ in
            let addresses = (try await client.existing(published)?["subsets"].array ?? [])
                .flatMap { $0["addresses"].array ?? [] }.compactMap { $0["ip"].string }
            return addresses.contains(address) ? nil : "published are \(addresses.joined(separator: ", "))"
        }
    }
}
