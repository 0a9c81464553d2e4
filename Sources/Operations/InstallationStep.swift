// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// What an installation has come to, for whoever watches.
public enum InstallationStep: Sendable {
    case applied(ObjectReference, AppliedObject.Outcome)
    /// An object of a dry run that the API server could not check, because its namespace is not there yet.
    case unchecked(ObjectReference)
    /// An object of an earlier installation, which this one does without.
    case deleted(ObjectReference)
    /// Something worth knowing.
    case note(String)
    /// What goes on until the next step.
    case waiting(String)
}

extension InstallationStep {
    init(_ step: ServingCertificateInstallation.Step) {
        self =
            switch step {
            case .applied(let applied): .applied(applied.reference, applied.outcome)
            case .renewing(let why): .note("a new serving certificate is made: \(why)")
            case .settling(let pause):
                .waiting("\(pause.components.seconds) s for API servers to see both CAs in the caBundle")
            case .overlapping:
                .note("the caBundle keeps the former CA, which a pod may still serve with: run this again later")
            }
    }
}
