// SPDX-License-Identifier: Apache-2.0

extension Catalogue {
    /// Whether a cause brings the other failure about, by itself or through a third one.
    public static func explains(_ cause: FailureCode, _ other: FailureCode) -> Bool {
        everything[cause]?.contains(other) ?? false
    }

    /// What fails because of a cause and mends itself with it, in the order of the codes.
    public static func consequences(of cause: FailureCode) -> [FailureCode] {
        FailureCode.allCases.filter { explains(cause, $0) }
    }

    // MARK: The table

    /// What a client sees of an aggregated API that does not work.
    private static let unavailable: Set<FailureCode> = [
        .conditionOther, .conditionStale, .discoveryEmpty, .backendBadStatus,
    ]
    private static let noMetrics: Set<FailureCode> = [
        .nodeMetricsAbsent, .podMetricsAbsent, .nodesWithoutMetrics, .metricsStale, .podsWithoutMetrics,
    ]
    /// What a client certificate that is not taken for kube-apiserver's comes to.
    private static let noIdentity: Set<FailureCode> = [
        .clientCertificateRejected, .identityLost, .strangerAdmitted, .someAPIServersCannotReach,
        .someAPIServersLoseIdentity,
    ]
    /// What a request meets at an API server that others do not agree with.
    private static let oddServer: Set<FailureCode> = [
        .noClientCertificate, .clientCertificateRejected, .identityLost, .conditionMissing, .backendTimesOut,
        .backendRefuses, .backendNoRoute, .proxyInBetween, .backendNotTrusted, .noTunnelAgent,
    ]
    /// What the aggregator meets where nothing stands behind the Service.
    private static let noBackend: Set<FailureCode> = [
        .endpointsMissing, .noReadyAddresses, .backendTimesOut, .backendRefuses, .backendNoRoute, .conditionMissing,
    ]
    private static let notReady: Set<FailureCode> = [.podNotReady, .noReadyAddresses]
    private static let crash: Set<FailureCode> = [.podCrashing, .podNotReady, .noReadyAddresses]

    /// What each cause brings about at once; what follows from that follows from it too.
    private static let direct: [FailureCode: Set<FailureCode>] = {
        var table: [FailureCode: Set<FailureCode>] = [
            .requestHeaderCAMissing: noIdentity.union(crash).union([
                .noClientCertificate, .authorizerTimesOut, .backendTimesOut,
            ]),
            .requestHeaderCAUnreadable: noIdentity.union(crash),
            .requestHeaderCAExpired: noIdentity.union(crash).union([.clientNotSignedByPublishedCA]),
            .usernameHeadersMissing: noIdentity,
            .allowedNameEmpty: noIdentity.union([.clientNameNotAllowed]),
            .publishedCARekeyed: noIdentity,
            .clientNotSignedByPublishedCA: noIdentity,
            .clientNameNotAllowed: noIdentity,
            .clientExpired: noIdentity,
            .clientUsageWrong: noIdentity,
            .clientFilesBroken: noIdentity.union([.noClientCertificate]),
            .noClientCertificate: unavailable.union(noMetrics),
            .clientCertificateRejected: unavailable.union(noMetrics),
            .identityLost: unavailable.union(noMetrics).union([.strangerAdmitted]),
            .authorizationNotDelegated: unavailable.union(noMetrics),
            .authorizerTimesOut: [.backendTimesOut],
            .apiServiceMissing: [.conditionMissing],
            .serviceMissing: noBackend,
            .servicePortMismatch: noBackend,
            .podUnschedulable: noBackend,
            .imageNotPulled: noBackend,
            .podForbidden: [.noPods],
            .quotaExceeded: [.noPods],
            .noPods: noBackend,
            .podCrashing: noBackend,
            .containerNotMade: noBackend,
            .portNameMissing: noBackend,
            .podNotReady: noBackend,
            .callerDenied: noMetrics,
            .nodeMetricsAbsent: [.podMetricsAbsent, .nodesWithoutMetrics, .metricsStale, .podsWithoutMetrics],
            .nodesWithoutMetrics: [.podMetricsAbsent, .podsWithoutMetrics],
            .metricsStale: [.podsWithoutMetrics],
            .podMetricsAbsent: [.podsWithoutMetrics],
            // Of two that say the same, the one that says more.
            .backendNotTrusted: unavailable.union(noMetrics),
            .discoveryEmpty: noMetrics,
            .backendBadStatus: noMetrics.union([.conditionOther, .conditionStale]),
            .conditionOther: [.conditionStale],
            .conditionStale: noMetrics,
            .endpointsMissing: [.noReadyAddresses],
            .someAPIServersCannotReach: unavailable.union(noMetrics).union(oddServer),
            .someAPIServersLoseIdentity: [.identityLost],
        ]
        for code in noBackend { table[code, default: []].formUnion(unavailable.union(noMetrics)) }
        for code in [FailureCode.proxyInBetween, .noTunnelAgent] { table[code] = unavailable.union(noMetrics) }
        let ownEnds: [FailureCode] = [
            .portNotPermitted, .portInUse, .unknownFlag, .executionNotPermitted, .authenticationReaderMissing,
            .apiServerUnreachableFromPod, .outOfMemory,
        ]
        for code in ownEnds { table[code] = crash }
        // metrics-server is not ready before it has scraped something.
        for code in FailureCode.allCases where code.rawValue.hasPrefix("KB6") {
            table[code] = notReady.union(noMetrics)
        }
        let access: [FailureCode] = [.apiServerUnreachable, .credentialsRefused, .notKubernetes, .apiServerNotTrusted]
        for code in access {
            table[code] = Set(FailureCode.allCases.filter { !$0.rawValue.hasPrefix("KB1") })
        }
        return table
    }()

    private static let everything: [FailureCode: Set<FailureCode>] = direct.mapValues { first in
        var found = first
        var new = first
        while !new.isEmpty {
            new = Set(new.flatMap { direct[$0] ?? [] }).subtracting(found)
            found.formUnion(new)
        }
        return found
    }
}
