// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// One row of what is asked in a round: how, after which others, and what of the answer is kept.
struct QuestionRow: Sendable {
    let question: Question
    /// Questions whose answers this one depends on.
    private let after: Set<Question>
    /// The same, where the API is not that of metrics and is known by its discovery only.
    private let afterElsewhere: Set<Question>
    /// What of an answer is kept: what a claim looks at, and nothing else, whether it is saved or not.
    let kept: KeptFields
    /// Whether asking has kept no more already, as with lists of thousands.
    let isSelected: Bool
    let ask: @Sendable (Questions, Evidence) async -> Answer

    init(
        _ question: Question, after: Set<Question> = [], elsewhere: Set<Question> = [], kept: KeptFields,
        isSelected: Bool = false, ask: @escaping @Sendable (Questions, Evidence) async -> Answer
    ) {
        self.question = question
        self.after = after
        afterElsewhere = elsewhere
        self.kept = kept
        self.isSelected = isSelected
        self.ask = ask
    }

    func mayBeAsked(_ answered: Set<Question>, isMetrics: Bool) -> Bool {
        after.isSubset(of: answered) && (isMetrics || afterElsewhere.isSubset(of: answered))
    }

    static let table = cluster + chain + metrics + explanations
}

// MARK: The cluster and its aggregated API

extension QuestionRow {
    private static let cluster = [
        QuestionRow(
            .version,
            kept: ["gitVersion": .whole, "major": .whole, "minor": .whole, "serverTime": .whole, "localTime": .whole]
        ) { asker, _ in await asker.version() },
        QuestionRow(
            .authentication, after: [.version],
            kept: [
                "metadata": ["creationTimestamp": .whole, "managedFields": .each(["time": .whole])],
                "data": [
                    "client-ca-file": .whole, "requestheader-client-ca-file": .whole,
                    "requestheader-allowed-names": .whole, "requestheader-username-headers": .whole,
                    "requestheader-group-headers": .whole, "requestheader-extra-headers-prefix": .whole,
                    "requestheader-uid-headers": .whole,
                ],
            ]
        ) { asker, _ in
            await asker.get(
                ObjectReference(.configMaps, namespace: "kube-system", name: "extension-apiserver-authentication"))
        },
        QuestionRow(
            .apiService, after: [.version],
            kept: [
                "metadata": ["name": .whole],
                "spec": [
                    "group": .whole, "version": .whole, "caBundle": .whole, "insecureSkipTLSVerify": .whole,
                    "service": ["name": .whole, "namespace": .whole, "port": .whole],
                ],
                "status": ["conditions": .conditions],
            ]
        ) { asker, _ in await asker.apiService() },
        QuestionRow(.readiness, after: [.authentication, .apiService], kept: .whole) { asker, seen in
            seen.isAnswered && seen.failedFirstReads != nil ? await asker.readiness() : .notAsked
        },
        QuestionRow(
            .service, after: [.apiService],
            kept: [
                "spec": [
                    "ports": .whole, "selector": .whole, "type": .whole, "clusterIP": .whole, "externalName": .whole,
                ]
            ]
        ) { asker, seen in
            guard let target = ServiceTarget(seen) else { return .notAsked }
            return await asker.get(ObjectReference(.services, namespace: target.namespace, name: target.name))
        },
        QuestionRow(
            .endpoints, after: [.apiService],
            kept: [
                "subsets": .each([
                    "addresses": .each(["ip": .whole, "targetRef": ["kind": .whole, "name": .whole]]),
                    "notReadyAddresses": .each(["ip": .whole, "targetRef": ["kind": .whole, "name": .whole]]),
                    "ports": .whole,
                ])
            ]
        ) { asker, seen in
            guard let target = ServiceTarget(seen), !seen.readsEndpointSlices else { return .notAsked }
            return await asker.get(ObjectReference(.endpoints, namespace: target.namespace, name: target.name))
        },
        QuestionRow(
            .endpointSlices, after: [.apiService],
            kept: .items([
                "addressType": .whole, "ports": .whole,
                "endpoints": .each([
                    "addresses": .whole, "conditions": .whole, "targetRef": ["kind": .whole, "name": .whole],
                ]),
            ])
        ) { asker, seen in
            guard let target = ServiceTarget(seen), seen.readsEndpointSlices else { return .notAsked }
            return await asker.list(
                .endpointSlices, namespace: target.namespace,
                labelSelector: "kubernetes.io/service-name=\(target.name)")
        },
        QuestionRow(.pods, after: [.service], kept: .items(.backendPod)) { asker, seen in
            guard let target = ServiceTarget(seen), let selector = seen.podSelector else { return .notAsked }
            return await asker.list(.pods, namespace: target.namespace, labelSelector: selector)
        },
        QuestionRow(
            .deployments, after: [.service],
            kept: .items([
                "metadata": [
                    "name": .whole, "generation": .whole, "annotations": ["meta.helm.sh/release-name": .whole],
                ],
                "spec": [
                    "replicas": .whole, "paused": .whole,
                    "template": [
                        "metadata": ["labels": .whole],
                        "spec": [
                            "serviceAccountName": .whole, "nodeSelector": .whole, "hostNetwork": .whole,
                            "containers": .each(["name": .whole, "image": .whole, "args": .whole, "command": .whole]),
                        ],
                    ],
                ],
                "status": [
                    "conditions": .conditions, "observedGeneration": .whole, "replicas": .whole,
                    "updatedReplicas": .whole,
                    "readyReplicas": .whole,
                ],
            ])
        ) { asker, seen in
            guard let target = ServiceTarget(seen), seen.podSelector != nil else { return .notAsked }
            return await asker.list(.deployments, namespace: target.namespace)
        },
        QuestionRow(
            .otherAPIServices, after: [.apiService],
            kept: .items(["metadata": ["name": .whole], "status": ["conditions": .conditions]])
        ) { asker, _ in await asker.unavailableAPIServices() },
        QuestionRow(
            .apiServerEndpoints, after: [.apiService],
            kept: ["subsets": .each(["addresses": .each(["ip": .whole]), "ports": .whole])]
        ) { asker, seen in
            guard ServiceTarget(seen) != nil else { return .notAsked }
            return await asker.get(ObjectReference(.endpoints, namespace: "default", name: "kubernetes"))
        },
    ]
}

// MARK: Requests through the aggregator

extension QuestionRow {
    private static let chain = [
        QuestionRow(
            .discovery, after: [.apiService], kept: ["resources": .each(["name": .whole, "verbs": .whole])]
        ) { asker, seen in
            guard let path = seen.groupVersionPath else { return .notAsked }
            return await asker.raw(path)
        },
        QuestionRow(.access, after: [.apiService], elsewhere: [.discovery], kept: ["status": ["allowed": .whole]]) {
            asker, seen in
            guard let resource = seen.provingResource, let group = seen.group else { return .notAsked }
            return await asker.access(group: group, resource: resource)
        },
        QuestionRow(.reading, after: [.apiService], elsewhere: [.discovery], kept: .items(.measured), isSelected: true)
        {
            asker, seen in
            guard !seen.readingPath.isEmpty else { return .notAsked }
            // Of another API's objects nothing is kept: that there is a list is what counts.
            return seen.isMetrics
                ? await asker.items(seen.readingPath, .measured)
                : await asker.raw("\(seen.readingPath)?limit=1").selecting(.items([:]))
        },
        QuestionRow(
            .readingAgain, after: [.reading], kept: .items(["metadata": ["name": .whole], "timestamp": .whole]),
            isSelected: true
        ) { asker, seen in await asker.readingAgain(seen) },
        QuestionRow(
            .caller, after: [.reading, .access], kept: ["status": ["userInfo": ["username": .whole]]]
        ) { asker, seen in
            guard case .refused(403, _) = seen[.reading],
                seen[.access].object?["status"]["allowed"].bool == true
            else { return .notAsked }
            return await asker.review("authentication.k8s.io/v1", "SelfSubjectReview")
        },
        QuestionRow(.review, after: [.reading, .podMetrics], kept: .items([:])) { asker, seen in
            await asker.delegatedReview(seen)
        },
        QuestionRow(.apiServers, after: [.apiServerEndpoints, .discovery], kept: .items(.whole)) { asker, seen in
            await asker.eachAPIServer(seen)
        },
        QuestionRow(
            .unknownUsers, after: [.service, .endpoints, .endpointSlices, .discovery, .frontProxy],
            kept: .items(.whole)
        ) { asker, seen in await asker.unknownUsers(seen) },
        QuestionRow(.frontProxy, kept: .whole) { asker, _ in asker.hostFiles },
    ]
}

// MARK: What metrics are about

extension QuestionRow {
    private static let metrics = [
        QuestionRow(.podMetrics, after: [.apiService], kept: .items(.measured), isSelected: true) { asker, seen in
            guard seen.isMetrics, let path = seen.groupVersionPath else { return .notAsked }
            return await asker.items("\(path)/pods", .measured)
        },
        QuestionRow(.nodes, after: [.apiService], kept: .items(.node), isSelected: true) { asker, seen in
            seen.isMetrics && seen.groupVersionPath != nil ? await asker.all(.nodes, .node) : .notAsked
        },
        QuestionRow(
            .selectedNodes, after: [.nodes, .reading, .pods, .deployments], kept: .items(["metadata": ["name": .whole]])
        ) { asker, seen in await asker.selectedNodes(seen) },
        QuestionRow(.podPage, after: [.apiService], kept: .whole, isSelected: true) { asker, seen in
            seen.isMetrics && seen.groupVersionPath != nil ? await asker.podPage() : .notAsked
        },
        QuestionRow(.allPods, after: [.podPage, .podMetrics], kept: .items(.closePod), isSelected: true) {
            asker, seen in
            await asker.allPods(seen[.podPage], measured: seen[.podMetrics])
        },
        QuestionRow(
            .autoscalers, after: [.apiService],
            kept: .items(["metadata": ["name": .whole, "namespace": .whole], "status": ["conditions": .conditions]])
        ) { asker, seen in seen.isMetrics ? await asker.starvedAutoscalers() : .notAsked },
    ]
}

// MARK: Asked only where something is to be explained

extension QuestionRow {
    private static let explanations = [
        QuestionRow(
            .withoutCertificate, after: [.service, .endpoints, .endpointSlices, .discovery], kept: ["kind": .whole]
        ) { asker, seen in await asker.withoutCertificate(seen) },
        QuestionRow(.plainHTTP, after: [.discovery], kept: ["kind": .whole]) { asker, seen in
            guard seen.connectionCause == .connectionClosed, let path = seen.proxyPath("http") else { return .notAsked }
            return await asker.raw(path)
        },
        QuestionRow(
            .webhooks, after: [.access, .discovery, .reading, .review, .unknownUsers],
            kept: .items(["kind": .whole, "metadata": ["name": .whole], "webhooks": .each(["name": .whole])])
        ) { asker, seen in await asker.admissionWebhooks(seen) },
        QuestionRow(
            .logs, after: [.pods, .endpoints, .endpointSlices, .discovery, .reading, .selectedNodes, .review],
            kept: .items(.whole)
        ) { asker, seen in await asker.logs(seen) },
        QuestionRow(.signingRequests, after: [.logs], kept: .items(.signingRequest)) { asker, seen in
            await asker.signingRequests(seen)
        },
        QuestionRow(
            .accountRights, after: [.pods, .endpoints, .endpointSlices, .discovery, .reading, .selectedNodes, .review],
            kept: .whole
        ) { asker, seen in await asker.accountRights(seen) },
        QuestionRow(
            .events, after: [.pods, .deployments],
            kept: .items([
                "reason": .whole, "message": .whole, "lastTimestamp": .whole, "eventTime": .whole,
                "involvedObject": ["kind": .whole, "name": .whole],
            ])
        ) { asker, seen in await asker.events(seen) },
    ]
}
