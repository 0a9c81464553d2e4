// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// What an Available condition that is not True says (kube-aggregator, remote_available_controller.go).
struct AvailableCondition {
    private let reason: String
    private let message: String
    private let evidence: Evidence

    init(_ condition: JSONValue, _ evidence: Evidence) {
        self.evidence = evidence
        reason = (condition["reason"].string ?? "").inOneLine
        message = (condition["message"].string ?? "").inOneLine
    }

    var finding: Finding {
        let text = "\(reason): \(message)"
        switch reason {
        // What is true of the Service at this moment, another claim says.
        case "ServiceNotFound": return Finding(.serviceMissing, text, patience: Catalogue.probeInterval)
        case "ServicePortError": return Finding(.servicePortMismatch, text, patience: Catalogue.probeInterval)
        case "EndpointsNotFound": return Finding(.endpointsMissing, text)
        case "MissingEndpoints": return Finding(.noReadyAddresses, text)
        case "FailedDiscoveryCheck": return discovery(text)
        default: return Finding(.conditionOther, text)
        }
    }

    private func discovery(_ text: String) -> Finding {
        if let status = message.firstMatch(of: /bad status from .*: (\d{3})$/)?.output.1 {
            switch status {
            case "401":
                return Finding(
                    .clientCertificateRejected,
                    "the backend rejects kube-apiserver's client certificate (\(message)): not signed by the published CA, "
                        + "not of an allowed name, or outside its dates")
            case "403":
                return Finding(
                    .noClientCertificate,
                    "the backend refuses kube-apiserver's probe, as it refuses system:anonymous (\(message))")
            default: return Finding(.backendBadStatus, text)
            }
        }
        guard let code = Catalogue.cause(of: message, in: .connection) else { return Finding(.conditionOther, text) }
        return Finding(code, text, hint: ConnectionHint(evidence).hint(code, message))
    }
}
