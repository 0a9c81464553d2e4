// SPDX-License-Identifier: Apache-2.0

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

/// One backend's answer to a user that does not exist.
public struct UnknownUserEvidence: Sendable, Equatable {
    /// The name that nobody has.
    public static let user = "kbootstrap:nobody"

    /// The backend's address and port.
    public let backend: String
    /// Whether that is the Service's own address, behind which kube-proxy chooses.
    public let isClusterIP: Bool
    public let answer: BackendAnswer

    public init(backend: String, isClusterIP: Bool = false, answer: BackendAnswer) {
        self.backend = backend
        self.isClusterIP = isClusterIP
        self.answer = answer
    }
}

extension UnknownUserEvidence: Codable {
    private enum Key: String, CodingKey { case backend, isClusterIP, status, message, failure, unreachable }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        let answer: BackendAnswer =
            if let why = try members.decodeIfPresent(String.self, forKey: .unreachable) {
                .unreachable(try members.decodeIfPresent(BackendAnswer.Failure.self, forKey: .failure) ?? .other, why)
            } else {
                .status(
                    try members.decode(Int.self, forKey: .status),
                    message: try members.decode(String.self, forKey: .message))
            }
        self.init(
            backend: try members.decode(String.self, forKey: .backend),
            isClusterIP: try members.decodeIfPresent(Bool.self, forKey: .isClusterIP) ?? false, answer: answer)
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Key.self)
        try members.encode(backend, forKey: .backend)
        if isClusterIP { try members.encode(true, forKey: .isClusterIP) }
        switch answer {
        case .status(let code, let message):
            try members.encode(code, forKey: .status)
            try members.encode(message, forKey: .message)
        case .unreachable(let failure, let why):
            try members.encode(failure, forKey: .failure)
            try members.encode(why, forKey: .unreachable)
        }
    }
}
