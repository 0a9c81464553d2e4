// SPDX-License-Identifier: Apache-2.0

/// What can be wrong with a simulated kubelet.
enum KubeletFault: String, CaseIterable, Sendable {
    case down
    case slow
    case noServingCertificate = "no-serving-certificate"
    case unauthorized
    case forbidden
    case notTLS = "not-tls"
    case noPodMetrics = "no-pod-metrics"
    case zeroCounters = "zero-counters"
    case garbage
    case certificateWrongAddress = "certificate-wrong-address"
    case certificateNamesOnly = "certificate-names-only"
    case certificateSelfSigned = "certificate-self-signed"
    case certificateExpired = "certificate-expired"
    case certificateOtherAuthority = "certificate-other-authority"

    var summary: String {
        switch self {
        case .down: "nothing listens on its port"
        case .slow: "answers after a minute"
        case .noServingCertificate: "has no serving certificate yet: its signing request is pending"
        case .unauthorized: "token authentication and anonymous access are both off: 401"
        case .forbidden: "token authentication is off, anonymous access on: 403 for system:anonymous"
        case .notTLS: "speaks plain HTTP"
        case .noPodMetrics: "tells the node's numbers and no container's"
        case .zeroCounters: "tells zeros, as with a broken container runtime"
        case .garbage: "answers what is no metrics text"
        case .certificateWrongAddress: "its certificate is for another address"
        case .certificateNamesOnly: "its certificate has names and no address"
        case .certificateSelfSigned: "signed its certificate itself, as kubelets do by default"
        case .certificateExpired: "its certificate has expired"
        case .certificateOtherAuthority: "its certificate is from a CA that the cluster does not know"
        }
    }

    /// The code that `kbootstrap verify` must name as the root cause, after `kbootstrap install-metrics`.
    var expectedCode: String {
        switch self {
        case .down: "KB609"
        case .slow: "KB610"
        case .noServingCertificate: "KB604"
        case .unauthorized: "KB606"
        case .forbidden: "KB607"
        case .notTLS: "KB615"
        case .noPodMetrics: "KB502"
        case .zeroCounters: "KB314"
        case .garbage: "KB614"
        case .certificateWrongAddress: "KB602"
        case .certificateNamesOnly, .certificateSelfSigned: "KB601"
        case .certificateExpired: "KB605"
        case .certificateOtherAuthority: "KB603"
        }
    }

    /// The rows of the failure catalogue that it stands for; empty where there is none.
    var catalogued: String {
        switch self {
        case .down: "F46"
        case .slow: "F49"
        case .noServingCertificate: "F41"
        case .unauthorized: "F43"
        case .forbidden: "F44"
        case .noPodMetrics: "F51"
        case .zeroCounters: "F50"
        case .garbage: "F53"
        case .certificateWrongAddress: "F39"
        case .certificateNamesOnly, .certificateSelfSigned: "F38"
        case .certificateExpired: "F42"
        case .certificateOtherAuthority: "F40"
        case .notTLS: ""
        }
    }
}
