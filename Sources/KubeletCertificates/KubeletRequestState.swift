// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// What has become of a kubelet's newest request for a serving certificate, which is the one that it waits for.
public enum KubeletRequestState: Sendable, Equatable {
    /// Requests cannot be listed from here.
    case unknown
    /// There is none. The API server deletes a denied or issued one after an hour, and a pending one after a day
    /// (kube-controller-manager, pkg/controller/certificates/cleaner).
    case neverMade
    case pending(String)
    /// Approved or issued some seconds ago: its certificate is on the way to the kubelet.
    case underway(String)
    /// Approved, and no certificate came.
    case unsigned(String)
    case issued(String)
    /// With the words of who denied it, which may be empty.
    case denied(String, why: String)
    /// The signer refuses it.
    case failed(String, why: String)

    /// How long signing may take, and the kubelet until it serves with the certificate. A signer that runs needs a second;
    /// kube-controller-manager needs up to 17 s to take over from another (its leader election's lease and retry).
    static let patience: TimeInterval = 30

    init(_ request: KubeletCertificateRequest, now: Date) {
        let isYoung = request.decided.map { abs(now.timeIntervalSince($0)) < Self.patience } ?? false
        switch request.state {
        case .pending: self = .pending(request.name)
        case .approved: self = isYoung ? .underway(request.name) : .unsigned(request.name)
        case .issued: self = isYoung ? .underway(request.name) : .issued(request.name)
        case .denied: self = .denied(request.name, why: request.decisionWords)
        case .failed: self = .failed(request.name, why: request.decisionWords)
        }
    }

    /// The request's name; nil where there is none.
    public var request: String? {
        switch self {
        case .unknown, .neverMade: nil
        case .pending(let name), .underway(let name), .unsigned(let name), .issued(let name): name
        case .denied(let name, _), .failed(let name, _): name
        }
    }

    /// A stable word for it.
    public var name: String {
        switch self {
        case .unknown: "unknown"
        case .neverMade: "never-made"
        case .pending: "pending"
        case .underway: "underway"
        case .unsigned: "unsigned"
        case .issued: "issued"
        case .denied: "denied"
        case .failed: "failed"
        }
    }

    /// Whether the kubelet waits for a certificate that has not come.
    public var isOpen: Bool {
        switch self {
        case .unknown, .neverMade, .issued: false
        case .pending, .underway, .unsigned, .denied, .failed: true
        }
    }

    var isUnderway: Bool { if case .underway = self { true } else { false } }

    /// What has become of it, about a kubelet that has no certificate.
    public var words: String {
        switch self {
        case .unknown: "signing requests cannot be listed from here"
        case .neverMade: "there is no signing request of it"
        case .pending(let name): "its signing request \(name.shortLine) is pending"
        case .underway(let name): "its signing request \(name.shortLine) was approved just now"
        case .unsigned(let name): "its signing request \(name.shortLine) is approved and not signed"
        case .issued(let name): "its signing request \(name.shortLine) is issued, and it does not serve with it"
        case .denied(let name, let why): "its signing request \(name.shortLine) is denied\(Self.quoted(why))"
        case .failed(let name, let why): "the signer refused its signing request \(name.shortLine)\(Self.quoted(why))"
        }
    }

    private static func quoted(_ why: String) -> String { why.isEmpty ? "" : " (\(why))" }
}
