// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct FaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults", abstract: "List the faults that a lab can be started with.")

    func run() throws {
        for fault in LabFault.allCases {
            show("--fault \(fault.rawValue)", fault.row.summary, fault.row.code, fault.row.catalogued)
        }
        for fault in WorkloadFault.allCases {
            show(
                "\(fault.nodeOption) --workload-fault \(fault.rawValue)", fault.row.summary, fault.row.code,
                fault.row.catalogued, since: fault.since)
        }
        for fault in KubeletFault.allCases {
            show(
                "--rollouts --kubelet-fault \(fault.rawValue)", "the node's kubelet: \(fault.summary)",
                fault.expectedCode, fault.catalogued)
        }
    }

    private func show(
        _ options: String, _ summary: String, _ code: String, _ catalogued: String, since minor: Int? = nil
    ) {
        let first = minor.map { "1.\($0)" } ?? ""
        print(options, summary, "verify: \(code)", "catalogue: \(catalogued)", "since: \(first)", separator: "\t")
    }
}
