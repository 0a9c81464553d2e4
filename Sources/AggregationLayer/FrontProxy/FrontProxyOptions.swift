// SPDX-License-Identifier: Apache-2.0

public import PKI

/// What front-proxy files are to be like, where they are not there yet.
public struct FrontProxyOptions: Sendable {
    /// nil for ECDSA P-256: the fastest to make and to check of what every kube-apiserver reads.
    public var keyAlgorithm: KeyAlgorithm?
    /// Validity of the client certificate.
    public var lifetime: Lifetime
    /// Validity of the CA.
    public var caLifetime: Lifetime
    /// The client certificate's common name; nil for the layout's.
    public var commonName: String?
    /// Whether the client certificate is made for servers too.
    public var serverAuth: Bool
    public var names: [SubjectAlternativeName]
    public var owner: FileOwner?
    /// A CA to sign with in place of one of our own.
    public var outsideCA: OutsideCA?
    /// Say what would be done, and do nothing.
    public var dryRun: Bool

    public init(
        keyAlgorithm: KeyAlgorithm? = nil, lifetime: Lifetime = .days(365), caLifetime: Lifetime = .days(3650),
        commonName: String? = nil,
        serverAuth: Bool = false, names: [SubjectAlternativeName] = [], owner: FileOwner? = nil,
        outsideCA: OutsideCA? = nil, dryRun: Bool = false
    ) {
        self.keyAlgorithm = keyAlgorithm
        self.lifetime = lifetime
        self.caLifetime = caLifetime
        self.commonName = commonName
        self.serverAuth = serverAuth
        self.names = names
        self.owner = owner
        self.outsideCA = outsideCA
        self.dryRun = dryRun
    }
}
