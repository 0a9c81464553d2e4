// SPDX-License-Identifier: Apache-2.0

/// Failures that come together, for the column `explains` of the catalogue.
extension Set<FailureCode> {
    /// What a client sees of an aggregated API that does not work.
    static let unavailable: Self = [
        .conditionOther, .conditionStale, .discoveryEmpty, .backendBadStatus, .requestsFail,
    ]

    static let noMetrics: Self = [
        .nodeMetricsAbsent, .podMetricsAbsent, .nodesWithoutMetrics, .metricsStale, .podsWithoutMetrics,
    ]

    /// What a client certificate that is not taken for kube-apiserver's results in.
    static let noIdentity: Self = [
        .clientCertificateRejected, .identityLost, .unknownUserAdmitted, .someAPIServersCannotReach,
        .someAPIServersLoseIdentity,
    ]

    /// What kube-apiserver meets on its way to the backend.
    static let connection: Self = [
        .backendTimesOut, .backendRefuses, .backendNoRoute, .proxyInBetween, .backendNotTrusted, .noTunnelAgent,
        .connectionClosed, .backendSpeaksPlainHTTP, .handshakeRefused, .connectionLost, .serviceTypeUnroutable,
        .tunnelFails, .addressNotAllowed, .backendNameNotResolved,
    ]

    /// What a request meets at an API server that others do not agree with.
    static let oddServer = connection.and([
        .noClientCertificate, .clientCertificateRejected, .identityLost, .conditionMissing,
    ])

    /// What requests meet where no backend answers.
    static let unreached = unavailable.and(noMetrics).and([
        .backendTimesOut, .backendRefuses, .backendNoRoute, .conditionMissing, .connectionLost, .connectionClosed,
    ])

    /// The same, where nothing stands behind the Service.
    static let noBackend = unreached.and([.endpointsMissing, .noReadyAddresses, .addressStale])

    static let notReady: Self = [.podNotReady, .podStarting, .probeWrong, .noReadyAddresses, .rolloutStuck]
    static let crash = notReady.and([.podCrashing])

    /// Both, so that their elements can be named without their type.
    func and(_ others: Set<FailureCode>) -> Set<FailureCode> { union(others) }
}
