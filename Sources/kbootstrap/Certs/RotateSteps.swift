// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import Core
import FoundationEssentials
import KubernetesClient
import Operations
import PKI

/// What every step takes: the files, and the cluster that is to have seen the last step.
struct RotationArguments: ParsableArguments {
    @OptionGroup var files: FoundFilesArguments

    @Flag(help: "Do not ask the cluster: you have made sure that every kube-apiserver has the files.")
    var offline = false

    @Option(help: "How long to wait until the cluster has seen the files.")
    var timeout = DurationArgument(duration: .seconds(150))

    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func store() throws -> FrontProxyStore { try files.store(messages.terminal) }

    /// Waits until the CA is published by kube-apiserver; with `--offline` nothing is asked.
    func waitUntilPublished(_ ca: Certificate) async throws {
        let terminal = messages.terminal
        guard !offline else { return }
        try await cluster.withCluster(terminal) { client, _ in
            try await PublishedTrust(client: client).wait(for: ca, timeout: timeout.duration) { elapsed in
                terminal.progress(
                    "waiting: kube-apiserver has not published \(ca.subject) yet",
                    detail: "(\(elapsed.short), usually within 1m)")
            }
        }
        terminal.notice("\(ca.subject) is published: aggregated servers trust it")
    }
}

struct RotateBegin: AsyncParsableCommand {
    private static let ownDays = Lifetime.days(3650)

    static let configuration = CommandConfiguration(
        commandName: "begin",
        abstract: "Make the next CA, and trust it beside the present one.",
        discussion: """
            Then waits until kube-apiserver, which reads the file by itself, has published both CAs; with --offline \
            it only writes the files.
            """)

    @Option(help: "Algorithm of the next CA's key: \(KeyAlgorithm.names) (default: as the present one's).")
    var keyAlgorithm: KeyAlgorithm?

    @Option(help: "How long the next CA is valid: days, or hours as 87600h.")
    var caDays = Self.ownDays

    @Option(help: ArgumentHelp("The next CA, for one that is kept elsewhere (PEM).", valueName: "file"))
    var caCert: String?

    @OptionGroup var rotation: RotationArguments

    func validate() throws {
        guard caCert != nil else { return }
        if keyAlgorithm != nil || caDays != Self.ownDays {
            throw ValidationError("--key-algorithm and --ca-days are of a CA that is made here: leave --ca-cert out")
        }
    }

    func run() async throws {
        let store = try rotation.store()
        let done = try store.beginRotation(
            RotationOptions(keyAlgorithm: keyAlgorithm, caLifetime: caDays, nextCACertificate: caCert))
        try rotation.messages.terminal.show(done, as: rotation.report.output)
        if let next = try store.nextCA() { try await rotation.waitUntilPublished(next) }
        rotation.messages.terminal.next("kbootstrap certs rotate-ca switch\(store.options)")
    }
}

struct RotateSwitch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch",
        abstract: "Have the client certificate signed by the next CA.",
        discussion: "First waits until the next CA is published, without which backends would refuse the certificate.")

    @Option(help: "How long the client certificate is valid: days, or hours as 8760h.")
    var days = Lifetime.days(365)

    @OptionGroup var ca: OutsideCAArguments
    @OptionGroup var rotation: RotationArguments

    func run() async throws {
        let store = try rotation.store()
        let terminal = rotation.messages.terminal
        if let next = try store.nextCA(), try store.rotationPhase() == .begun {
            try await rotation.waitUntilPublished(next)
        }
        let done = try store.switchRotation(RotationOptions(lifetime: days, outsideCA: try ca.outsideCA(terminal)))
        try terminal.show(done, as: rotation.report.output)
        terminal.next(
            "kbootstrap verify --front-proxy-dir \(ShellWord.quoted(store.directory))   # then, when it passes:")
        terminal.next("kbootstrap certs rotate-ca finish\(store.options)")
    }
}

struct RotateFinish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finish",
        abstract: "Trust the old CA no more.",
        discussion: """
            The cluster's published list keeps the old CA, because kube-apiservers only ever add: --prune takes it \
            out by a patch, which aggregated servers follow at once, and then shows that a backend refuses a certificate of the old CA, where it can be reached from here. \
            First waits until every kube-apiserver has had the time to read the new client certificate.
            """)

    @Flag(help: "Take the old CA out of what the cluster publishes.")
    var prune = false

    @Option(help: "The aggregated API whose backends are to refuse the old CA.")
    var apiservice = "v1beta1.metrics.k8s.io"

    @OptionGroup var rotation: RotationArguments

    func validate() throws {
        if prune, rotation.offline { throw ValidationError("--prune asks the cluster: leave --offline out") }
    }

    func run() async throws {
        let store = try rotation.store()
        let terminal = rotation.messages.terminal
        if try store.rotationPhase() == .switched { try await waitUntilRead(store, terminal) }
        let done = try store.finishRotation()
        try terminal.show(done, as: rotation.report.output)
        guard prune else {
            guard try store.changes().last?.operation == "rotate-finish" else { return }
            terminal.next(
                "kbootstrap certs rotate-ca finish --prune\(store.options)   # the cluster still trusts the old CA")
            return
        }
        try await prune(store, terminal)
    }

    /// The old CA must stay as long as a kube-apiserver may still show the old client certificate.
    private func waitUntilRead(_ store: FrontProxyStore, _ terminal: Terminal) async throws {
        while !rotation.offline, case let seconds = try store.secondsUntilClientIsRead(), seconds > 0 {
            terminal.progress(
                "waiting: kube-apiserver reads the new client certificate within 90s of its writing",
                detail: "(\(Int(seconds.rounded(.up)))s left)")
            try await Task.sleep(for: .seconds(min(seconds, 1)))
        }
    }

    private func prune(_ store: FrontProxyStore, _ terminal: Terminal) async throws {
        let kept = try store.load().caCertificates
        let witness = try store.retiredWitness()
        try await rotation.cluster.withCluster(terminal) { client, _ in
            let pruned = try await PublishedTrust(client: client).prune(
                keeping: kept, timeout: rotation.timeout.duration
            ) { wait, elapsed in
                switch wait {
                case .published:
                    terminal.progress(
                        "waiting: the old CA is still published", detail: "(\(elapsed.short), usually within 1m)")
                case .putBack:
                    terminal.progress(
                        "waiting: a kube-apiserver with the old CA file may put it back",
                        detail: "(\(elapsed.short), newer servers look once a minute)")
                }
            }
            terminal.notice(
                pruned.subjects.isEmpty
                    ? "the cluster publishes no other CA"
                    : "no longer published: \(pruned.subjects.joined(separator: ", "))")
            if pruned.unreadable > 0 {
                terminal.notice("\(pruned.unreadable) published CA cannot be read here, and stays")
            }
            guard let witness else {
                return terminal.notice(
                    "nothing to show the old CA's refusal with: its key is not here, or it has expired")
            }
            try await show(witness, client, terminal)
        }
        terminal.next("kbootstrap verify --front-proxy-dir \(ShellWord.quoted(store.directory))")
    }

    private func show(
        _ witness: RetiredWitness, _ client: APIClient, _ terminal: Terminal
    ) async throws {
        let outcome: RetiredAuthorityProof.Outcome
        do throws(any Error) {
            outcome = try await RetiredAuthorityProof(client: client).run(
                apiService: apiservice, certificate: Array(witness.certificate.pem.utf8), key: witness.key,
                timeout: rotation.timeout.duration
            ) { backend, elapsed in
                terminal.progress("waiting: \(backend) still accepts the old CA", detail: "(\(elapsed.short))")
            }
        } catch let error as APIError where error.isNotFound {
            return terminal.notice("there is no \(apiservice) to show the refusal on: \(error)")
        }
        for backend in outcome.refused {
            terminal.notice("\(backend) refuses a certificate of \(witness.authority.subject): proven")
        }
        for backend in outcome.unreachable {
            terminal.notice("\(backend) cannot be asked from here whether it refuses the old CA")
        }
    }
}
