// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import KubernetesClient
internal import PKI

/// A CertificateSigningRequest of the API, as far as a kubelet's serving certificate is concerned.
public struct KubeletCertificateRequest: Sendable, Equatable {
    public enum State: String, Sendable {
        /// Nobody has decided about it.
        case pending
        /// Approved, and without a certificate: a signer that runs makes one within seconds.
        case approved
        /// It has its certificate.
        case issued
        case denied
        /// The signer refuses it for good.
        case failed
    }

    /// The signer that makes kubelets' serving certificates.
    public static let signer = "kubernetes.io/kubelet-serving"

    /// What is looked at of the object, which its maker can fill with a megabyte of anything else.
    let object: JSONValue

    public init(_ object: JSONValue) { self.object = Self.judged(object) }

    public var name: String { object.name ?? "" }
    /// Another for each object and each change of it.
    var version: [JSONValue] { [object["metadata"]["uid"], object["metadata"]["resourceVersion"]] }
    public var signer: String { object["spec"]["signerName"].string ?? "" }
    /// Who made it: the API server writes this.
    public var username: String { object["spec"]["username"].string ?? "" }
    public var groups: [String] { (object["spec"]["groups"].array ?? []).compactMap(\.string) }
    public var usages: [String] { (object["spec"]["usages"].array ?? []).map { $0.string ?? "" } }

    public var state: State {
        if condition("Denied") != nil { return .denied }
        if condition("Failed") != nil { return .failed }
        if object["status"]["certificate"].string?.isEmpty == false { return .issued }
        return condition("Approved") == nil ? .pending : .approved
    }

    private func condition(_ type: String) -> JSONValue? {
        (object["status"]["conditions"].array ?? []).first { $0["type"].string == type }
    }

    private var decision: JSONValue? { condition("Denied") ?? condition("Failed") ?? condition("Approved") }

    /// Why it was approved, denied or failed, in the words of who did it; empty where nobody says.
    public var decisionWords: String {
        [decision?["reason"].string, decision?["message"].string].compactMap(\.self).filter { !$0.isEmpty }
            .joined(separator: ": ").onOneLine
    }

    /// When it was approved, denied or failed; nil where that is not told.
    public var decided: Date? {
        (decision?["lastTransitionTime"].string ?? decision?["lastUpdateTime"].string).flatMap {
            try? Date($0, strategy: .iso8601)
        }
    }

    /// When it was made, as the API server writes it: in UTC and so in the order of time.
    public var made: String { object["metadata"]["creationTimestamp"].string ?? "" }

    /// Far more than any key and some names take, in bytes of base64.
    private static let longest = 16 << 10
    /// More than there are (k8s.io/api/certificates/v1, KeyUsage).
    private static let mostUsages = 32

    /// What is asked for, signature checked.
    ///
    /// Only a request in the very form that Kubernetes' own encoder writes is read: kube-controller-manager reads the
    /// text again, with Go's decoder, and it must not find anything else in it.
    ///
    /// - Throws: with the reason in `reasons`.
    func certificateRequest() throws(OpenSSLError) -> CertificateRequest {
        let intent = "read a certificate request"
        let text = object["spec"]["request"].string ?? ""
        guard text.utf8.count <= Self.longest else {
            throw OpenSSLError(intent, because: ["it is longer than \(Self.longest >> 10) KiB"])
        }
        guard let decoded = Data(base64Encoded: text), !decoded.isEmpty else {
            throw OpenSSLError(intent, because: ["spec.request is no base64"])
        }
        let pem = Array(decoded)
        let request = try CertificateRequest.read(pem: pem)
        let written = pem.filter { $0 != 0x0D }.drop { $0 == 0x0A }
        let isPlain = Array(request.pem.utf8.dropLast()) == Array(written.dropLast(while: { $0 == 0x0A }))
        guard isPlain else { throw OpenSSLError(intent, because: ["there is more than one plain PEM block in it"]) }
        return request
    }

    private static func judged(_ object: JSONValue) -> JSONValue {
        var judged: JSONValue = ["metadata": [:], "spec": [:], "status": [:]]
        for field in ["name", "uid", "resourceVersion", "creationTimestamp"] {
            judged["metadata"][field] = object["metadata"][field]
        }
        for field in ["signerName", "username", "groups"] { judged["spec"][field] = object["spec"][field] }
        judged["status"]["conditions"] = object["status"]["conditions"]
        guard object["status"]["certificate"].string?.isEmpty != false else {
            // Nothing more is asked about one that has its certificate.
            judged["status"]["certificate"] = "-"
            return judged
        }
        if let usages = object["spec"]["usages"].array {
            // One that stands for those beyond is no usage of a kubelet.
            let more: [JSONValue] = usages.count > mostUsages ? ["and more"] : []
            judged["spec"]["usages"] = .array(usages.prefix(mostUsages) + more)
        }
        if let text = object["spec"]["request"].string {
            judged["spec"]["request"] = .string(String(text.unicodeScalars.prefix(longest + 1)))
        }
        return judged
    }

    /// The object with the approval that must be written.
    static func approved(_ object: JSONValue, because message: String) -> JSONValue {
        var approved = object
        let condition: JSONValue = [
            "type": "Approved", "status": "True", "reason": "KbootstrapApprove", "message": .string(message),
        ]
        approved["status"]["conditions"] = .array((object["status"]["conditions"].array ?? []) + [condition])
        return approved
    }
}

extension ArraySlice {
    fileprivate func dropLast(while matches: (Element) -> Bool) -> ArraySlice {
        var rest = self
        while let last = rest.last, matches(last) { rest.removeLast() }
        return rest
    }
}
