// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Core
import SystemPackage
import Verification

struct Verify: AsyncParsableCommand {
    enum Form: String, CaseIterable, ExpressibleByArgument {
        case text, json, junit, prometheus
    }

    static let configuration = CommandConfiguration(
        abstract: "Check every hop of the aggregation layer, and name the cause where one fails.",
        discussion: """
            Follows the APIService until it is Available, then makes real requests through it. A failure that time \
            may mend is waited for; one that it cannot ends the run at once. Nothing is changed.

            Example:
              kbootstrap verify
              kbootstrap verify --once -o json --report page.html
              sudo kbootstrap verify --front-proxy-dir /var/lib/kubernetes    on the control-plane host
              kbootstrap verify --save evidence.json    for somebody else, who runs
              kbootstrap verify --from evidence.json
              kbootstrap verify --once --all-contexts -o json    many clusters: a line each, as they come
              kbootstrap verify --print cronjob --image IMAGE | kubectl apply -f -    inside the cluster

            \(ExitStatus.help)
            """)

    @Option(help: "The APIService to verify (default: that of metrics.k8s.io).")
    var apiservice: String?

    @Option(help: "A folder with front-proxy files on this host, to be checked against what is published.")
    var frontProxyDir: String?

    @Flag(help: "One round of checks; wait for nothing.")
    var once = false

    @Flag(help: "Keep following, and print what changes, with the time, until Ctrl-C.")
    var watch = false

    @Option(help: "How long to wait, in all, for failures that time may mend.")
    var timeout = DurationArgument(duration: .seconds(120))

    @Option(
        help: ArgumentHelp(
            "Write what was seen, for --from: names and addresses, no secrets.", valueName: "file"))
    var save: String?

    @Option(help: ArgumentHelp("Judge what --save wrote; no cluster is asked.", valueName: "file"))
    var from: String?

    @Option(help: ArgumentHelp("Write a page for a browser too; it needs no network.", valueName: "file.html"))
    var report: String?

    @Option(name: .shortAndLong, help: "The report's form: text, json, junit or prometheus.")
    var output = Form.text

    @OptionGroup var fleet: FleetArguments
    @OptionGroup var inCluster: InClusterArguments
    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard apiservice?.isEmpty != true else {
            throw ValidationError("--apiservice wants a name, such as v1beta1.metrics.k8s.io")
        }
        let elsewhere = [from, save, report, frontProxyDir].contains { $0 != nil } || cluster.isGiven
        guard inCluster.print == nil || (!watch && !fleet.isGiven && !elsewhere) else {
            throw ValidationError(
                "--print asks no cluster: it goes with --apiservice, --once, --timeout and --output only")
        }
        guard !watch || (!once && from == nil && save == nil && report == nil && output == .text) else {
            throw ValidationError(
                "--watch prints changes as text: no --once, --from, --save, --report or other --output")
        }
        guard !fleet.isGiven || (!watch && [from, save, report, frontProxyDir].allSatisfy { $0 == nil }) else {
            throw ValidationError(
                """
                many clusters have no one page, evidence or host: no --watch, --from, --save, --report or \
                --front-proxy-dir
                """)
        }
        let single = [cluster.context, cluster.cluster, cluster.user, cluster.server]
        guard !fleet.isGiven || single.allSatisfy({ $0 == nil }) else {
            throw ValidationError("--contexts and --all-contexts name clusters and users: no other option may")
        }
        guard from != nil else { return }
        guard save == nil, apiservice == nil, frontProxyDir == nil, !once, !cluster.isGiven else {
            throw ValidationError("--from asks no cluster: it goes with --output, --report, --color and --quiet only")
        }
    }

    func run() async throws {
        let terminal = messages.terminal
        if inCluster.print != nil { return terminal.result(try manifest().yaml()) }
        if fleet.isGiven { return try await verifyFleet(terminal) }
        if watch { return try await follow(terminal) }
        let saved = try save.map { try ResultFile($0, mode: .ownerReadWrite) }
        // A page is for others to read, the evidence is for whom its owner gives it.
        let page = try report.map { try ResultFile($0, mode: [.ownerReadWrite, .groupRead, .otherRead]) }
        let outcome =
            if let from {
                VerificationReport(
                    judging: try VerificationRecord(
                        json: try ResultFile.read(from, atMost: VerificationRecord.largest), source: from))
            } else { try await ask(terminal) }
        switch output {
        case .text: terminal.result(VerificationText(outcome, colors: terminal.colorsResults).rendered())
        case .json: terminal.result(try VerificationDocument(outcome).json())
        case .junit: terminal.result(VerificationJUnit(outcome).rendered())
        case .prometheus: terminal.result(VerificationMetrics(outcome).rendered())
        }
        try page?.write(try VerificationPage(outcome).rendered())
        try saved?.write(try outcome.record.json() + "\n")
        if !outcome.isHealthy { throw ExitStatus.unhealthy }
    }

    private var options: VerificationOptions {
        VerificationOptions(
            apiServiceName: apiservice, once: once, timeout: timeout.duration, frontProxyDirectory: frontProxyDir,
            looksAtCertificates: report != nil || save != nil)
    }

    private func manifest() -> VerifierManifest {
        VerifierManifest(
            image: inCluster.image ?? "", namespace: inCluster.namespace ?? "kube-system", schedule: inCluster.when,
            apiServiceName: apiservice,
            arguments: (once ? ["--once"] : ["--timeout=\(timeout.duration.components.seconds)s"])
                + (output == .text ? [] : ["--output=\(output.rawValue)"]),
            timeout: timeout.duration)
    }

    private func verifyFleet(_ terminal: Terminal) async throws {
        let contexts = try fleet.names(kubeconfig: cluster.kubeconfig)
        var done = 0
        let members = try await Fleet(
            contexts: contexts, cluster: cluster, options: options, concurrency: fleet.concurrency
        ).verify(terminal) { member, report in
            done += 1
            if output == .json {
                if let report { terminal.result(try VerificationDocument(report).json(compact: true)) }
                if case .notAsked(let reason, let hint) = member.outcome {
                    terminal.result(try NotAskedDocument(context: member.context, reason: reason, hint: hint).json())
                }
            }
            terminal.progress("verified", detail: "\(done) of \(contexts.count) clusters")
        }
        terminal.clearProgress()
        switch output {
        case .text: terminal.result(FleetText(members, colors: terminal.colorsResults).rendered())
        case .junit: terminal.result(VerificationJUnit.rendered(members))
        case .prometheus:
            terminal.result(VerificationMetrics(members, asked: apiservice).rendered())
        case .json: break
        }
        if members.status != .done { throw members.status }
    }

    private func follow(_ terminal: Terminal) async throws {
        try await cluster.withCluster(terminal) { client, connection in
            let verifier = Verifier(client: client, connection: connection, options: options)
            try await verifier.watch { transition in
                terminal.result(VerificationText.line(transition))
            } changed: { report, before in
                let text = VerificationText(report, colors: terminal.colorsResults)
                terminal.result(before.map { text.changes(from: $0) } ?? text.rendered())
            }
        }
    }

    private func ask(_ terminal: Terminal) async throws -> VerificationReport {
        try await cluster.withCluster(terminal, within: timeout.duration) { client, connection in
            try await Verifier(client: client, connection: connection, options: options).run { finding, elapsed, _ in
                terminal.progress(
                    "waiting: \(finding.summary)", detail: "(\(elapsed.short), given \(finding.patience.short))")
            }
        }
    }
}

extension VerificationRecordError: HintedError {}

extension ClusterArguments {
    /// Whether any of them was typed.
    fileprivate var isGiven: Bool {
        [kubeconfig, context, cluster, user, server, tlsServerName, asUser, asUID].contains { $0 != nil }
            || !(asGroup.isEmpty && asUserExtra.isEmpty)
            || requestTimeout != nil
    }
}
