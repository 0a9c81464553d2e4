// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// What the backend's own log says of trouble, where no backend is ready.
enum BackendRunsClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.namesService || evidence[.apiService].object == nil else { return .notApplicable }
        guard evidence.podSelector != nil else {
            return evidence[.service].object == nil
                ? .notChecked("the Service was not read") : .notApplicable
        }
        guard let addresses = BackendAddresses(evidence) else {
            return .notChecked("the Service's addresses were not read")
        }
        guard addresses.ready.isEmpty else { return .passed("") }
        for log in evidence.logs {
            for line in log.lines.reversed().map(LogLine.init) where line.accuses(hasEnded: log.hasEnded) {
                guard let meaning = line.meaning, meaning.source == .process else { continue }
                // What a pod says of the cluster's own objects is about these.
                let isOwn = meaning.code.hop == .workload && meaning.code != .authenticationReaderMissing
                return .failed(
                    Finding(
                        meaning.code, about: isOwn ? .pod(log.pod.inOneLine) : .cluster,
                        "pod \(log.pod.inOneLine) says: \(line.error)"),
                    from: log.hasEnded ? .lastWords : .log)
            }
        }
        if let problem = evidence.logs.lazy.compactMap(\.problem).first {
            return .notChecked("the backend's log: \(problem)", code: .mayNotRead)
        }
        return .notChecked(
            evidence.logs.isEmpty ? "there is no log of a backend" : "no signature knows its log's lines")
    }
}
