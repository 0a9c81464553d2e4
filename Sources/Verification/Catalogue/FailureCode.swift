// SPDX-License-Identifier: Apache-2.0

/// A stable name for one cause, as `verify` prints it. The hundreds say where it stands in the chain:
/// 1 API access, 2 aggregation layer, 3 workload, 4 APIService, 5 metrics, 6 kubelets.
public enum FailureCode: String, Sendable, Hashable, CaseIterable, Codable {
    case apiServerUnreachable = "KB101"
    case credentialsRefused = "KB102"
    case notKubernetes = "KB103"
    case apiServerNotTrusted = "KB104"
    case mayNotRead = "KB105"
    case apiServersNotVisible = "KB106"
    case apiServerErrs = "KB107"

    case requestHeaderCAMissing = "KB201"
    case requestHeaderCAUnreadable = "KB202"
    case requestHeaderCAExpired = "KB203"
    case usernameHeadersMissing = "KB204"
    case allowedNameEmpty = "KB205"
    case extraPrefixWithoutDash = "KB206"
    case requestHeaderCAShared = "KB207"
    case groupHeadersMissing = "KB208"
    case publishedCARekeyed = "KB209"
    case clientNotSignedByPublishedCA = "KB210"
    case clientNameNotAllowed = "KB211"
    case clientExpired = "KB212"
    case clientUsageWrong = "KB213"
    case clientFilesBroken = "KB214"
    case noClientCertificate = "KB215"
    case clientCertificateRejected = "KB216"
    case identityLost = "KB217"
    case strangerAdmitted = "KB218"
    case authorizationNotDelegated = "KB219"
    case backendNotVisible = "KB220"
    case authorizerTimesOut = "KB221"

    case serviceMissing = "KB301"
    case servicePortMismatch = "KB302"
    case endpointsMissing = "KB303"
    case noReadyAddresses = "KB304"
    case portNameMissing = "KB305"
    case podUnschedulable = "KB311"
    case imageNotPulled = "KB312"
    case podCrashing = "KB313"
    case podNotReady = "KB314"
    case noPods = "KB315"
    case podForbidden = "KB316"
    case quotaExceeded = "KB317"
    case containerNotMade = "KB318"
    case portNotPermitted = "KB321"
    case portInUse = "KB322"
    case unknownFlag = "KB323"
    case executionNotPermitted = "KB324"
    case authenticationReaderMissing = "KB325"
    case apiServerUnreachableFromPod = "KB326"
    case outOfMemory = "KB327"

    case apiServiceMissing = "KB401"
    case conditionMissing = "KB402"
    case backendTimesOut = "KB403"
    case backendRefuses = "KB404"
    case backendNoRoute = "KB405"
    case proxyInBetween = "KB406"
    case backendNotTrusted = "KB407"
    case backendBadStatus = "KB408"
    case conditionOther = "KB409"
    case conditionStale = "KB410"
    case discoveryEmpty = "KB411"
    case noTunnelAgent = "KB412"
    case backendNotVerified = "KB413"
    case backendCAEnds = "KB414"
    case someAPIServersCannotReach = "KB415"
    case someAPIServersLoseIdentity = "KB416"
    case someAPIServersCallItUnavailable = "KB417"

    case nodeMetricsAbsent = "KB501"
    case podMetricsAbsent = "KB502"
    case nodesWithoutMetrics = "KB503"
    case metricsStale = "KB504"
    case callerDenied = "KB505"
    case podsWithoutMetrics = "KB506"
    case metricsZero = "KB507"
    case autoscalerWithoutRequest = "KB508"

    case kubeletCertificateWithoutAddress = "KB601"
    case kubeletCertificateOtherName = "KB602"
    case kubeletNotTrusted = "KB603"
    case kubeletWithoutCertificate = "KB604"
    case kubeletCertificateExpired = "KB605"
    case kubeletRejectsToken = "KB606"
    case kubeletSeesAnonymous = "KB607"
    case kubeletForbids = "KB608"
    case kubeletRefusesConnection = "KB609"
    case kubeletTimesOut = "KB610"
    case kubeletNoRoute = "KB611"
    case nodeNameNotResolved = "KB612"
    case nodeWithoutAddress = "KB613"
    case kubeletAnswerUnreadable = "KB614"
    case kubeletSpeaksPlainHTTP = "KB615"
    case kubeletNotScraped = "KB616"
}

extension FailureCode {
    /// Where in the chain the cause stands, by the code's hundreds.
    public var place: String {
        let groups: [Character: CheckGroup] = [
            "1": .apiAccess, "2": .aggregationLayer, "3": .workload, "4": .apiService, "5": .metrics,
            "6": .kubelets,
        ]
        return rawValue.dropFirst(2).first.flatMap { groups[$0]?.rawValue } ?? ""
    }
}

/// What is known about a cause, whatever cluster it is met on.
public struct CatalogueEntry: Sendable {
    public let code: FailureCode
    public let severity: Severity
    /// The cause, as one sentence that is true wherever this code is printed.
    public let cause: String
    /// What to type, or to change, where the evidence does not say it more exactly.
    public let fix: String
    /// How long the same cause may last and still mend itself, in seconds; zero where time mends nothing.
    public let patience: Duration
}

/// Whether a finding stops metrics, or may one day.
public enum Severity: String, Sendable, Codable {
    case failure, warning
}
