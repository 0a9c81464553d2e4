// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// Whether the backend takes the client certificate that kube-apiserver shows: its log says why it does not.
enum CertificateTakenClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard ServiceTarget(evidence) != nil else { return .notChecked("no Service is known behind the APIService") }
        // A condition of 401 says that it is rejected; one that timed out may hide it.
        let message = evidence[.apiService].object?.available["message"].string ?? ""
        if isAbout(message), let accusation = accusation(evidence) { return accusation }
        guard evidence[.discovery].object != nil, evidence[.reading].object != nil || evidence.readingPath.isEmpty
        else {
            return .notChecked("no request got through, and the backend's log does not speak of it")
        }
        return .passed("")
    }

    private static func isAbout(_ message: String) -> Bool {
        message.hasSuffix(": 401") || Catalogue.cause(of: message, in: .connection) == .backendTimesOut
    }

    private static func accusation(_ evidence: Evidence) -> Judgement? {
        // An older line speaks of what was published before.
        let changed = PublishedAuthentication(evidence)?.changedAt
        for log in evidence.logs {
            for line in log.lines.reversed().map(LogLine.init) where line.accuses(hasEnded: log.hasEnded) {
                guard let meaning = line.meaning, meaning.source == .authentication else { continue }
                if let changed, let time = line.time, time < changed { continue }
                let authority = line.authority.map { "; \(SeenAuthority($0, evidence).words)" } ?? ""
                return .failed(
                    Finding(meaning.code, "pod \(log.pod.inOneLine) says: \(line.error)\(authority)"), from: .log)
            }
        }
        return nil
    }
}
