// SPDX-License-Identifier: Apache-2.0

public import PKI

/// What front-proxy files are to be like, where they are not there yet.
public struct FrontProxyOptions: Sendable {
    /// nil for ECDSA P-256: the fastest to make and to check of what every kube-apiserver reads.
    public var keyAlgorithm: KeyAlgorithm?
    /// Validity of the client certificate, in days.
    public var days: Int
    /// Validity of the CA, in days.
    public var caDays: Int
    /// The client certificate's common name; nil for the layout's.
    public var commonName: String?
    /// Whether the client certificate is made for servers too.
    public var serverAuth: Bool
    public var names: [SubjectAlternativeName]
    public var owner: FileOwner?
    /// Paths of a CA certificate and its key to sign with, in place of one of our own.
    public var outsideCA: (certificate: String, key: String)?
    /// Say what would be done, and do nothing.
    public var dryRun: Bool

    public init(
        keyAlgorithm: KeyAlgorithm? = nil, days: Int = 365, caDays: Int = 3650, commonName: String? = nil,
        serverAuth: Bool = false, names: [SubjectAlternativeName] = [], owner: FileOwner? = nil,
        outsideCA: (certificate: String, key: String)? = nil, dryRun: Bool = false
    ) {
        self.keyAlgorithm = keyAlgorithm
        self.days = days
        self.caDays = caDays
        self.commonName = commonName
        self.serverAuth = serverAuth
        self.names = names
        self.owner = owner
        self.outsideCA = outsideCA
        self.dryRun = dryRun
    }
}
