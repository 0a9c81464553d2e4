// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `kbootstrap-lab real-node`: for tests, which are skipped where there can be none.
struct RealNodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "real-node",
        abstract: "Say whether this machine can have a lab with --real-node, or why not.",
        discussion: "Exit status 0 where it can; 1 where it cannot, and stdout says why.")

    func run() throws {
        guard let reason = RealNodeRequirements.missing() else {
            return print("the real kubelet, containerd and runc can run here")
        }
        print(reason)
        throw ExitCode(1)
    }
}
