// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc
import KubeletCertificates
import KubernetesClient

struct ApproveKubelets: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Approve kubelets' pending requests for serving certificates, each judged against its Node.",
        discussion: """
            A Node's addresses are written by its own kubelet, so they prove nothing by themselves. A request is approved \
            when its maker is the Node that it names, every name and address in it is one of that Node's and within \
            --allow-cidr and --allow-dns-suffix, and none is an API server's, a Service's, loopback, or another Node's. \
            Without --allow-cidr no address passes, without --allow-dns-suffix no name but the Node's own, and that only \
            without a dot. An API server's are what default/kubernetes lists, what the kubeconfig calls, what its \
            certificate names, and what --reserve adds. Nothing is denied: a request that is left stays pending.

            Beside the pending ones it shows the request that a kubelet waits for where it was denied, where the signer \
            refused it, and where it was approved and is not signed.

            Without --yes it asks on a terminal, and only shows elsewhere.

            Example:
              kbootstrap kubelet-certs approve --allow-cidr 10.240.0.0/24
              kbootstrap kubelet-certs approve csr-x7k2p --allow-cidr 10.240.0.0/24 --yes
              kbootstrap kubelet-certs approve --allow-cidr 10.240.0.0/24 --watch
              kbootstrap kubelet-certs approve --allow-cidr 10.240.0.0/24 --print manifest --image IMAGE | kubectl apply -f -

            The exit status is 2 where a pending request is left, or one that is named was denied or failed.
            \(ExitStatus.help)
            """)

    enum PrintForm: String, CaseIterable, ExpressibleByArgument { case manifest }

    @Argument(help: ArgumentHelp("Requests (default: all that are pending).", valueName: "csr"))
    var requests: [String] = []

    @OptionGroup(title: "Bounds") var bounds: KubeletCertificateNameArguments

    @Flag(help: "Approve what may be, without asking.")
    var yes = false

    @Flag(help: "Keep following, and approve what comes, one line a decision, until Ctrl-C.")
    var watch = false

    @Option(help: "Print the objects that do --watch inside the cluster; change nothing.")
    var print: PrintForm?

    @Option(help: "With --print: the image, whose entry point is kbootstrap.")
    var image: String?

    @Option(name: .shortAndLong, help: "With --print: the namespace to run in.")
    var namespace = "kube-system"

    @OptionGroup var cluster: ClusterArguments
    @OptionGroup var report: ReportOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        if print != nil {
            guard image?.isEmpty == false else { throw ValidationError("--print manifest needs --image") }
            guard !watch, !yes, requests.isEmpty, report.output == .text else {
                throw ValidationError("--print changes nothing: no requests, --yes, --watch or --output")
            }
        } else if image != nil {
            throw ValidationError("--image goes with --print manifest")
        }
        guard !watch || (requests.isEmpty && report.output == .text) else {
            throw ValidationError("--watch follows every request, as text: no requests and no --output")
        }
    }

    func run() async throws {
        let terminal = messages.terminal
        if print != nil, let image {
            let manifest = ApproverManifest(image: image, namespace: namespace, limits: bounds.limits)
            return terminal.result(try manifest.yaml())
        }
        try await cluster.withCluster(terminal) { client, connection in
            let approval = KubeletCertificateApproval(client: client, connection: connection, limits: bounds.limits)
            if watch {
                terminal.notice(
                    "following the requests; what is left is looked at again, half as often each time, from 10s to 5 min"
                )
                return try await approval.follow { Self.tell($0, terminal) }
            }
            try await decide(approval, terminal)
        }
    }

    private func decide(_ approval: KubeletCertificateApproval, _ terminal: Terminal) async throws {
        var verdicts = try await approval.verdicts(on: requests)
        if report.output == .text {
            terminal.result(KubeletCertificateRequestsText(verdicts, colors: terminal.colorsResults).rendered())
        }
        let asked = Set(verdicts.filter { !requests.isEmpty || $0.request.state == .pending }.map(\.request.name))
        KubeletText.advise(KubeletCertificateRequestVerdict.steps(verdicts), terminal)
        let approvable = verdicts.filter(\.isApprovable)
        if !approvable.isEmpty, try agreed(to: approvable.count, terminal) {
            let shown = verdicts
            if !yes { verdicts = try await approval.judgedAgain(verdicts) }
            for index in shown.indices where shown[index].isApprovable {
                verdicts[index] = try await approval.approve(verdicts[index])
                if report.output == .text { terminal.result(KubeletCertificateRequestsText.outcome(verdicts[index])) }
            }
        }
        if report.output == .json { terminal.result(try KubeletCertificateRequestVerdict.json(verdicts)) }
        if !verdicts.allSatisfy({ $0.isGood || !asked.contains($0.request.name) }) { throw ExitStatus.unhealthy }
    }

    private func agreed(to count: Int, _ terminal: Terminal) throws -> Bool {
        let deed = "approve \(count == 1 ? "the request" : "\(count) requests")"
        if !yes, isatty(STDIN_FILENO) != 1 {
            terminal.next("the same with --yes, to \(deed)")
            return false
        }
        return try Confirmation.given(yes, for: deed, terminal)
    }

    private static func tell(_ decision: KubeletCertificateDecision, _ terminal: Terminal) {
        let now = Date().formatted(.iso8601)
        switch decision {
        case .approved(let verdict), .left(let verdict):
            terminal.result("\(now)  \(KubeletCertificateRequestsText.outcome(verdict))")
        case .stuck(let verdict):
            terminal.result("\(now)  \(KubeletCertificateRequestsText.stuck(verdict))")
            KubeletText.advise(KubeletCertificateRequestVerdict.steps([verdict]), terminal)
        case .waiting(let error): terminal.notice("\(now)  \(error)")
        }
    }
}
