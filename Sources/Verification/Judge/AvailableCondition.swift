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
            // It refuses everybody who shows no credentials of its own: that is no extension API server's way.
            case "401" where evidence.asksForItsOwnCredentials:
                return Finding(
                    .backendBadStatus,
                    "the backend answers 401 to kube-apiserver's probe and to callers without a certificate: it wants "
                        + "credentials of its own, as a proxy before it may (\(message))")
            case "401":
                return Finding(
                    .clientCertificateRejected,
                    "the backend rejects kube-apiserver's client certificate (\(message)): not signed by the published CA, "
                        + "not of an allowed name, or outside its dates")
            case "403": return forbidden
            default: return Finding(.backendBadStatus, text)
            }
        }
        if let place = redirection {
            return Finding(
                .backendBadStatus, "the backend sends kube-apiserver's probe elsewhere, to \(place): \(message)")
        }
        return ConnectionFailure(evidence).finding(message, text) ?? Finding(.conditionOther, text)
    }

    /// Where older aggregators were led, which follow redirects: not where they asked first.
    private var redirection: String? {
        guard let asked = message.firstMatch(of: /response from https:\/\/([^\/]+)/)?.output.1,
            let reached = message.firstMatch(of: /Get "https?:\/\/([^\/"]+)/)?.output.1, asked != reached
        else { return nil }
        return String(reached)
    }

    /// A status says not who was refused: that kube-apiserver arrives without a certificate needs a proof, which is the
    /// same backend's answer to somebody who shows none, or to this host's certificate.
    private var forbidden: Finding {
        if case .refused(403, let answer) = evidence[.withoutCertificate],
            RefusedUser.name(in: answer) == RefusedUser.anonymous
        {
            return Finding(
                .noClientCertificate,
                "the backend refuses kube-apiserver's probe (\(message)), as it refuses a caller without a certificate: "
                    + answer)
        }
        if evidence.unknownUsers.contains(where: { one in
            guard case .status(403, let answer) = one.answer else { return one.answer.code == 200 }
            return RefusedUser.name(in: answer) == UnknownUserEvidence.user
        }) {
            return Finding(
                .noClientCertificate,
                "the backend refuses kube-apiserver's probe (\(message)), and knows callers by this host's front-proxy "
                    + "certificate")
        }
        return Finding(
            .backendBadStatus, "the backend refuses kube-apiserver's probe: \(message)",
            hint: evidence.proxyPath("https").map {
                .look("kubectl get --raw \($0)", "who is refused there, without a certificate: system:anonymous?")
            })
    }
}
