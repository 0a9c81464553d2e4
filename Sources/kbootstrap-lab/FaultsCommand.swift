// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct FaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults", abstract: "List the faults that a lab can be started with.")

    func run() throws {
        for fault in LabFault.allCases {
            print("--fault \(fault.rawValue)", fault.row.summary, "verify: \(fault.row.code)", separator: "\t")
        }
        for fault in KubeletFault.allCases {
            print(
                "--rollouts --kubelet-fault \(fault.rawValue)", "the node's kubelet: \(fault.summary)",
                "verify: \(fault.expectedCode)", separator: "\t")
        }
    }
}
