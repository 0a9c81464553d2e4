// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import Operations

/// How the steps of an installation are shown.
struct InstallationSteps: Sendable {
    /// Put after what became of an object.
    let suffix: String
    let terminal: Terminal

    func show(_ step: InstallationStep) {
        switch step {
        case .applied(let reference, let outcome): terminal.result("\(reference) \(outcome.rawValue)\(suffix)")
        case .unchecked(let reference):
            terminal.result("\(reference) created (not checked: its namespace is not there yet)")
        case .deleted(let reference): terminal.result("\(reference) deleted\(suffix)")
        case .note(let text): terminal.notice(text)
        case .waiting(let text): terminal.progress("waiting: \(text)")
        }
    }
}
