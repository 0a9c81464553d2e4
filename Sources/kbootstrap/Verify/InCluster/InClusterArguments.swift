// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What `--print` takes: the objects that verify inside the cluster.
struct InClusterArguments: ParsableArguments {
    enum Form: String, CaseIterable, ExpressibleByArgument { case cronjob }

    @Option(help: "Print the objects that verify inside the cluster, time and again; ask nothing.")
    var print: Form?

    @Option(help: "With --print: the image, whose entry point is kbootstrap.")
    var image: String?

    @Option(name: .shortAndLong, help: "With --print: the backend's namespace, where the job runs too.")
    var namespace: String?

    @Option(help: "With --print: when, in cron's five fields (default: every ten minutes).")
    var schedule: String?

    func validate() throws {
        guard print != nil else {
            guard image == nil, namespace == nil, schedule == nil else {
                throw ValidationError("--image, --namespace and --schedule go with --print cronjob")
            }
            return
        }
        guard image?.isEmpty == false else { throw ValidationError("--print cronjob needs --image") }
        let fields = when.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == 5, fields.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Self.isCron) }) else {
            throw ValidationError("--schedule '\(when)' is not five fields of cron, such as '*/10 * * * *'")
        }
    }

    var when: String { schedule ?? "*/10 * * * *" }

    private static func isCron(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "*/,-?".contains(character))
    }
}
