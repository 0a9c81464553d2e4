// SPDX-License-Identifier: Apache-2.0

extension Claim {
    /// The claims by name: causes list those that contradict them.
    enum Name: Sendable, CaseIterable {
        case apiServerAnswers, apiServerReads, callerMayLook, clocksAgree
        case requestHeaderCAPublished, headersPublished, allowedNamesPublished, authoritiesApart, configFits
        case hostPairAccepted, certificateTaken
        case serviceListens, backendReady, backendRuns, rolloutComplete, accountHasRights
        case available, discoveryAnswers, callerArrives, reviewsAnswered, backendVerified, apiServersAgree
        case unknownUserRefused
        case nodesCovered, podsCovered, metricsNotZero, autoscalersFed, otherAPIServicesAvailable
        case kubeletsScraped
    }
}

/// What must hold on a hop of the chain; its judgement is `Judge`'s.
public enum Claim {}
