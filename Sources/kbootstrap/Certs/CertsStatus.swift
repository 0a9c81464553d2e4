// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser

struct CertsStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "What the front-proxy files are, how long they last, and what needs care.",
        discussion: """
            Looks at every file of the folder, in either layout, whoever made it. Exit status 2 says that something \
            needs care; each finding names the file and the command that mends it.

            Example:
              sudo kbootstrap certs status --client-ca /var/lib/kubernetes/ca.pem
              kbootstrap certs status -o prometheus > /var/lib/node_exporter/front-proxy.prom

            \(ExitStatus.help)
            """)

    @OptionGroup var files: FoundFilesArguments

    @Option(help: "Warn of what ends sooner: days, or hours as 720h.")
    var warnWithin = Lifetime.days(30)

    @Option(
        help: ArgumentHelp(
            "kube-apiserver's --client-ca-file: the front-proxy CA must be another one.", valueName: "file"))
    var clientCa: String?

    @Option(name: .shortAndLong, help: "The report's form: text, wide, json or prometheus.")
    var output = StatusForm.text

    @OptionGroup var messages: MessageOptions

    func run() throws {
        let options = StatusOptions(warnWithin: warnWithin.seconds, clientCA: clientCa)
        let statuses = try files.stores(messages.terminal).map { try $0.status(options) }
        let terminal = messages.terminal
        switch output {
        case .text: terminal.result(FrontProxyStatusText(statuses, terminal, wide: false).rendered())
        case .wide: terminal.result(FrontProxyStatusText(statuses, terminal, wide: true).rendered())
        case .json: terminal.result(try FrontProxyStatus.json(statuses))
        case .prometheus: terminal.result(FrontProxyStatus.prometheus(statuses))
        }
        if statuses.contains(where: { !$0.findings.isEmpty }) { throw ExitStatus.unhealthy }
    }
}

enum StatusForm: String, CaseIterable, ExpressibleByArgument {
    case text, wide, json, prometheus
}
