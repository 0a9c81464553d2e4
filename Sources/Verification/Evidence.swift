// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import KubernetesClient

/// What the API server said to one question.
public enum Answer: Sendable, Equatable {
    /// 2xx, with the object.
    case object(JSONValue)
    /// Any other HTTP status, with the reason in the server's words.
    case refused(code: Int, message: String)
    /// No HTTP answer at all, with the finding that says why.
    case unanswered(Finding)
    /// The question did not arise: what it depends on is not known.
    case notAsked

    /// The object, where there is one.
    public var object: JSONValue? {
        if case .object(let value) = self { value } else { nil }
    }

    /// Whether the server said that there is no such thing.
    public var isMissing: Bool {
        if case .refused(404, _) = self { true } else { false }
    }
}

/// Everything that was asked in one round, and what was answered: all that judging may look at.
public struct Evidence: Sendable, Equatable {
    /// The name of the APIService that is verified.
    public var apiServiceName: String
    /// When the round began, by this machine's clock, in whole seconds.
    public var askedAt: Date

    public var version = Answer.notAsked
    /// ConfigMap kube-system/extension-apiserver-authentication, what API servers publish for backends.
    public var authentication = Answer.notAsked
    public var apiService = Answer.notAsked
    public var service = Answer.notAsked
    public var endpoints = Answer.notAsked
    /// Pods that the Service selects; `notAsked` for a Service without selector.
    public var pods = Answer.notAsked
    /// Deployment metrics-server, asked for where metrics' Service selects no pod.
    public var deployment = Answer.notAsked
    /// GET of the group version through the aggregator.
    public var discovery = Answer.notAsked
    /// Whether the API server itself would let the caller make the request of `reading`.
    public var access = Answer.notAsked
    /// Who the API server says that the caller is; asked only where a backend refuses somebody whom it would let through.
    public var caller = Answer.notAsked
    /// A list through the aggregator: node metrics, or the first resource that discovery offers.
    public var reading = Answer.notAsked
    /// The path of `reading`.
    public var readingPath = ""
    public var podMetrics = Answer.notAsked
    public var nodes = Answer.notAsked
    public var allPods = Answer.notAsked
    /// HorizontalPodAutoscalers that get no metric, with their conditions.
    public var autoscalers = Answer.notAsked
    /// The front-proxy files of this host, where they were looked at.
    public var frontProxy: FrontProxyEvidence?
    /// What the backends said to a user that nobody knows, asked with this host's front-proxy certificate as
    /// kube-apiserver asks them; empty where that was not tried.
    public var strangers: [StrangerEvidence] = []

    /// Endpoints default/kubernetes, where each API server writes its own address.
    public var apiServerEndpoints = Answer.notAsked
    /// What each API server said when it was asked by itself; empty where there is only one.
    public var apiServers: [APIServerEvidence] = []

    /// What servers of the chain have shown; empty where nobody is to see it, or none was reached from here.
    public var served: [ServedCertificate] = []

    /// What the backend's pods have said; empty where nothing needs explaining.
    public var logs: [BackendLog] = []
    /// Warnings of the Service's namespace; asked only where no pod came to be.
    public var events = Answer.notAsked

    public init(apiServiceName: String, askedAt: Date) {
        self.apiServiceName = apiServiceName
        self.askedAt = Date(timeIntervalSince1970: askedAt.timeIntervalSince1970.rounded(.down))
    }

    /// nil where it is not known, as from servers before 1.28 (SelfSubjectReview).
    var callerName: String? { caller.object?["status"]["userInfo"]["username"].string }

    /// The Service's pods but for those that are being deleted; nil where there was no answer.
    var stayingPods: [JSONValue]? {
        pods.object?.items.filter { $0["metadata"]["deletionTimestamp"] == .null }
    }

    /// Those of them that the latest change of the workload has made: what is on its way out explains nothing.
    var latestPods: [JSONValue]? {
        stayingPods.map { pods in
            let newest = pods.max { $0.created < $1.created }.flatMap { $0.revision }
            return newest == nil ? pods : pods.filter { $0.revision == newest }
        }
    }

    /// Whether what answers is an API server, which may well keep its version to itself.
    var isAnswered: Bool {
        if case .refused(403, _) = version { true } else { version.object != nil }
    }

    /// Whether the APIService is that of resource metrics, which has checks of its own.
    public var isMetrics: Bool {
        let name = apiServiceName.split(separator: ".", maxSplits: 1)
        return name.count == 2 && name[1] == "metrics.k8s.io"
    }
}

/// What is on disk in the front-proxy folder of the host that verify runs on.
public struct FrontProxyEvidence: Sendable, Equatable, Codable {
    /// Where a certificate and its key are.
    public struct Pair: Sendable, Equatable, Codable {
        public let certificate: String
        public let key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// The folder.
    public let directory: String
    /// The client certificate as PEM, where there is one.
    public let clientCertificate: String?
    /// The CA file as PEM; nil where there is none, and in what older versions saved.
    public let authorities: String?
    /// What is wrong with the files by themselves; each names a file.
    public let problems: [String]
    /// Paths of the client certificate and its key.
    public let pair: Pair

    public init(
        directory: String, clientCertificate: String?, authorities: String? = nil, problems: [String],
        pair: Pair = Pair(certificate: "", key: "")
    ) {
        self.pair = pair
        self.directory = directory
        self.clientCertificate = clientCertificate
        self.authorities = authorities
        self.problems = problems
    }
}

/// The certificate that a server of the chain has shown.
public struct ServedCertificate: Sendable, Equatable, Codable {
    /// Who is at the end of a hop.
    public enum Server: String, Sendable, Codable { case apiServer, backend, kubelet }

    public let server: Server
    /// Its address, or the Node's name.
    public let name: String
    /// As PEM.
    public let certificate: String

    public init(_ server: Server, name: String, certificate: String) {
        self.server = server
        self.name = name
        self.certificate = certificate
    }
}

/// One backend's answer to a user that nobody knows.
public struct StrangerEvidence: Sendable, Equatable {
    /// The name that nobody has.
    public static let user = "kbootstrap:nobody"

    /// The backend's address and port.
    public let backend: String
    /// Whether that is the Service's own address, behind which kube-proxy chooses.
    public let isClusterIP: Bool
    public let answer: Backends.Answer

    public init(backend: String, isClusterIP: Bool = false, answer: Backends.Answer) {
        self.backend = backend
        self.isClusterIP = isClusterIP
        self.answer = answer
    }
}

extension JSONValue {
    /// A pod's; times of one form stand in the order of their letters.
    fileprivate var created: String { self["metadata"]["creationTimestamp"].string ?? "" }
    /// Of which ReplicaSet a pod is.
    fileprivate var revision: String? { self["metadata"]["labels"]["pod-template-hash"].string }
}
