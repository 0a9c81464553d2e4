// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import KubernetesClient

/// What the backend's own log says of trouble.
enum BackendRunsClaim {
    static func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.namesService || evidence[.apiService].object == nil else { return .notApplicable }
        guard evidence.podSelector != nil else {
            return evidence[.service].object == nil && (evidence.namesBackend || evidence[.apiService].object == nil)
                ? .notChecked("the Service was not read") : .notApplicable
        }
        guard let addresses = BackendAddresses(evidence) else {
            return .notChecked("the Service's addresses were not read")
        }
        let ready = addresses.ready
        // Beside a backend that serves, a pod that does not come up is the rollout's trouble.
        let logs = evidence.logs.filter { log in
            guard !isInitial(log, evidence) else { return false }
            return ready.isEmpty || (!log.hasEnded && ready.contains { $0.pod == nil || $0.pod == log.pod })
        }
        for log in logs {
            guard let (finding, code) = said(by: log, evidence) else { continue }
            // What keeps a backend from coming up is over once it has. Of the rest only that counts which another claim
            // could witness against.
            let witnesses = Catalogue.cause(code).contradictedBy
            if !ready.isEmpty, witnesses.isEmpty || witnesses.contains(.backendReady) { continue }
            return .failed(finding, from: log.hasEnded ? .lastWords : .log)
        }
        guard ready.isEmpty else { return .passed("") }
        if let problem = evidence.logs.lazy.compactMap(\.problem).first {
            return .notChecked("the backend's log: \(problem)", code: .mayNotRead)
        }
        return .notChecked(
            evidence.logs.isEmpty ? "there is no log of a backend" : "no signature knows its log's lines")
    }

    /// The last line of a log that a signature knows, of what the process does.
    static func said(by log: BackendLog, _ evidence: Evidence) -> (Finding, FailureCode)? {
        for line in log.lines.reversed().map(LogLine.init) where line.accuses(hasEnded: log.hasEnded) {
            guard let meaning = line.meaning, meaning.source == .process else { continue }
            let code = meaning.code
            let pod = log.pod.inOneLine
            // What a pod says of the cluster's own objects is about these.
            let isOwn = Catalogue.cause(code).contradictedBy.isSubset(of: [.backendReady])
            // A container that was started again has to be given the time to come up.
            let patience: Duration? =
                log.hasEnded && runs(log, evidence) ? max(Catalogue.cause(code).patience, .seconds(60)) : nil
            return (
                Finding(
                    code, about: isOwn ? .pod(pod) : .cluster,
                    "pod \(pod) says: \(line.words)\(Architecture.note(code, log.pod, evidence))", patience: patience),
                code
            )
        }
        return nil
    }

    /// Whether an init container wrote a log: then the pod's own state says which, and quotes it.
    private static func isInitial(_ log: BackendLog, _ evidence: Evidence) -> Bool {
        let pod = evidence.latestPods?.first { $0.name == log.pod } ?? .null
        return (pod["spec"]["initContainers"].array ?? []).contains { $0["name"].string == log.container }
    }

    /// Whether the container that wrote a log runs again.
    private static func runs(_ log: BackendLog, _ evidence: Evidence) -> Bool {
        let pod = evidence.latestPods?.first { $0.name == log.pod } ?? .null
        return (pod["status"]["containerStatuses"].array ?? []).contains {
            (log.container == nil || $0["name"].string == log.container) && $0["state"]["running"] != .null
        }
    }
}
