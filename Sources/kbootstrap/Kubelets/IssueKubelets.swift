// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import Core
import FoundationEssentials
import KubeletCertificates
import KubernetesClient
import Operations
import PKI

struct IssueKubelets: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue",
        abstract: "Make serving certificates for kubelets, signed by the cluster's CA.",
        discussion: """
            For clusters whose kubelets do not ask for certificates themselves. Each Node gets a folder with \
            kubelet-serving.pem and kubelet-serving-key.pem, for all addresses of the Node; what is there and fits is \
            kept until it ends soon, and a key is never replaced. A Node's addresses are written by its own kubelet, so \
            they must be within --allow-cidr and --allow-dns-suffix; the Node's own name is within where it has no dot. \
            What an API server's own certificate names is refused, and so is what --reserve names. A kubelet that asks \
            the API for its certificates (serverTLSBootstrap) reads no files: what has become of its request is said. \
            --all leaves out virtual Nodes.

            With --address the API server is not asked: the addresses are yours, and bounds apply where you give them. \
            The API server's name inside the cluster, Services' names, wildcards and loopback are refused all the same.

            Example:
              sudo kbootstrap kubelet-certs issue --all --allow-cidr 10.240.0.0/24 --dir kubelets \\
                --ca-cert /var/lib/kubernetes/ca.pem --ca-key /var/lib/kubernetes/ca-key.pem
              sudo kbootstrap kubelet-certs issue worker-0 --address 10.240.0.20 --dir kubelets \\
                --ca-cert ca.pem --ca-key ca-key.pem

            The exit status is 2 where a Node got none.
            \(ExitStatus.help)
            """)

    @Argument(help: "Nodes.")
    var nodes: [String] = []

    @Flag(help: "All Nodes of the cluster.")
    var all = false

    @Option(
        help: ArgumentHelp(
            "An address or DNS name of the one Node that is given; may be given several times.", valueName: "address"))
    var address: [String] = []

    @Option(help: "The folder, in which each Node gets one.")
    var dir: String

    @Option(help: "How long the certificates are valid: days, or hours as 8760h.")
    var days = Lifetime.days(365)

    @Option(help: "Algorithm of keys that are made: \(KeyAlgorithm.names).")
    var keyAlgorithm = KeyAlgorithm.ecdsaP256

    @Flag(help: "Make another certificate for the key that is there.")
    var renew = false

    @Option(
        help: """
            Renew what fits and ends within this time: days, or hours as 720h (default: 30 days, or a third of the \
            certificate's life where that is less).
            """)
    var renewBefore: Lifetime?

    @Flag(help: "Say what would be done; write nothing.")
    var dryRun = false

    @OptionGroup(title: "The cluster's CA") var ca: OutsideCAArguments
    @OptionGroup(title: "Bounds") var bounds: KubeletCertificateNameArguments
    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard all != !nodes.isEmpty else { throw ValidationError("name the Nodes, or say --all") }
        guard address.isEmpty || nodes.count == 1 else { throw ValidationError("--address is of one Node: name it") }
        guard ca.caCert != nil else { throw ValidationError("--ca-cert and --ca-key name the cluster's CA") }
        guard !dir.isEmpty else { throw ValidationError("--dir must not be empty") }
        for text in address where (try? SubjectAlternativeName.parse(text)) == nil {
            throw ValidationError("--address '\(text)' is neither an IP address nor a DNS name")
        }
    }

    func run() async throws {
        let terminal = messages.terminal
        guard let outside = try ca.outsideCA(terminal) else { return }
        let signer = try OutsideSigner(outside)
        let (chosen, bounds, requests) = try await subjects(terminal)
        let issue = KubeletCertificateIssue(
            signer: signer, directory: dir, lifetime: days, algorithm: keyAlgorithm, renews: renew,
            renewsBefore: renewBefore?.seconds, dryRun: dryRun)
        let lock = dryRun ? nil : try FolderLock(dir) { terminal.notice($0) }
        let rows = issued(issue, chosen, bounds, terminal)
        lock?.release()
        try show(rows, of: chosen.count, terminal)
        if issue.isClipped {
            terminal.notice("the certificates end with their CA, on \(issue.notAfter.formatted(.iso8601))")
        }
        advise(rows, requests, terminal)
        guard rows.count == chosen.count else { throw CancellationError() }
        guard rows.allSatisfy(\.isGood) else { throw ExitStatus.unhealthy }
    }

    /// The Nodes, what their certificates may name, and what their kubelets ask for themselves; nil where that is not
    /// known.
    private func subjects(
        _ terminal: Terminal
    ) async throws -> ([KubeletNode], KubeletCertificateNameBounds, KubeletCertificateRequests?) {
        guard address.isEmpty else {
            let addresses = ([nodes[0]] + address).map { KubeletNode.Address(type: "InternalIP", value: $0) }
            let node = KubeletNode(name: nodes[0], addresses: addresses)
            terminal.notice(
                "the API server is not asked: its addresses, ClusterIPs and other Nodes' addresses are not known here")
            return ([node], KubeletCertificateNameBounds(described: node, limits: bounds.limits), nil)
        }
        return try await cluster.withCluster(terminal) { client, connection in
            let found = try await KubeletNode.listed(client)
            let missing = nodes.filter { name in !found.contains { $0.name == name } }
            guard missing.isEmpty else {
                throw KubeletsUnknown(
                    description: "there is no Node \(missing.joined(separator: ", "))",
                    hint: "kubectl get nodes   # or name its addresses with --address")
            }
            let limits = bounds.limits
            let reserved = try await ReservedNames.of(client, connection, limits: limits)
            let wanted = Set(nodes)
            let chosen = found.filter { all ? $0.virtualMark == nil : wanted.contains($0.name) }
            if all, chosen.count < found.count {
                terminal.notice("\(found.count - chosen.count) of \(found.count) Nodes are virtual, and left out")
            }
            return (
                chosen,
                KubeletCertificateNameBounds(
                    allowedNetworks: limits.networks, allowedSuffixes: limits.suffixes, nodes: found,
                    reserved: reserved),
                await KubeletCertificateRequests.read(client)
            )
        }
    }

    /// Interrupted, it ends after the Node that is under way.
    private func issued(
        _ issue: borrowing KubeletCertificateIssue, _ chosen: [KubeletNode], _ bounds: KubeletCertificateNameBounds,
        _ terminal: Terminal
    ) -> [KubeletCertificateIssue.Row] {
        var rows: [KubeletCertificateIssue.Row] = []
        for node in chosen {
            guard !Task.isCancelled else { break }
            rows.append(issue.issue(node, bounds: bounds, needsAddress: address.isEmpty))
            if rows.count.isMultiple(of: 100) {
                terminal.progress("issuing certificates", detail: "(\(rows.count) of \(chosen.count))")
            }
        }
        return rows
    }

    private func show(_ rows: [KubeletCertificateIssue.Row], of count: Int, _ terminal: Terminal) throws {
        switch report.output {
        case .text: terminal.result(KubeletCertificatesText(rows).rendered())
        case .json: terminal.result(try KubeletCertificateIssue.json(rows, directory: dir))
        }
        for row in rows where !row.isGood { terminal.failure(row.reasons.joined(separator: "; "), hint: row.hint) }
        if rows.count < count { terminal.notice("\(rows.count) of \(count) Nodes are done; the same command goes on") }
    }

    /// A file is of use to a kubelet that reads it; to others what `inspect` says of them.
    private func advise(
        _ rows: [KubeletCertificateIssue.Row], _ requests: KubeletCertificateRequests?, _ terminal: Terminal
    ) {
        let asking =
            requests.map { requests in
                rows.filter(\.isGood).map { (node: $0.node, request: requests.state(of: $0.node)) }
                    .filter { $0.request != .neverMade }
            } ?? []
        if !asking.isEmpty {
            let names = asking.prefix(3).map { $0.node.singleLine }.joined(separator: ", ")
            let more = asking.count > 3 ? " and \(asking.count - 3) more" : ""
            terminal.notice(
                "kubelets ask for their certificates themselves, and read no files while serverTLSBootstrap is on: "
                    + names + more)
            KubeletText.advise(KubeletAdvice.steps(for: asking.filter(\.request.isOpen)), terminal)
        }
        let fresh = rows.first { row in
            (row.outcome == .created || row.outcome == .renewed) && !asking.contains { $0.node == row.node }
        }
        guard !dryRun, let row = fresh else { return }
        terminal.next(
            "scp \(ShellWord.quoted("\(dir)/\(row.node)"))/* root@\(row.node):/var/lib/kubelet/   # each to its Node")
        terminal.next(
            "in the kubelet's configuration: tlsCertFile: /var/lib/kubelet/\(KubeletCertificateIssue.certificateFile), "
                + "tlsPrivateKeyFile: /var/lib/kubelet/\(KubeletCertificateIssue.keyFile) "
                + "(its flags: --tls-cert-file, --tls-private-key-file); then restart it")
        terminal.next("kbootstrap kubelet-certs inspect")
    }
}
