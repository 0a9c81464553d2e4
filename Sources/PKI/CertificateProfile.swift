// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// What is to be written into a certificate; keys and issuer come from elsewhere.
public struct CertificateProfile: Sendable {
    public enum Purpose: Sendable, Equatable {
        /// A CA that signs leaves only (pathlen 0).
        case authority
        /// A certificate that signs nothing, for these uses.
        case leaf([ExtendedKeyUsage])
    }

    public var commonName: String
    /// Kubernetes takes these for groups.
    public var organizations: [String]
    public var purpose: Purpose
    public var names: [SubjectAlternativeName]
    public var notBefore: Date
    public var notAfter: Date

    /// How far notBefore lies in the past, in seconds: machines whose clocks lag a little accept the certificate at
    /// once. kubeadm's figure (cmd/kubeadm/app/util/pkiutil, NotBefore 5 minutes).
    public static let backdating: TimeInterval = 300

    /// - Parameters:
    ///   - days: of 24 hours, from `now`.
    ///   - now: the present.
    public init(
        commonName: String, organizations: [String] = [], purpose: Purpose, names: [SubjectAlternativeName] = [],
        days: Int, now: Date = Date()
    ) {
        self.commonName = commonName
        self.organizations = organizations
        self.purpose = purpose
        self.names = names
        notBefore = now.addingTimeInterval(-Self.backdating)
        notAfter = now.addingTimeInterval(TimeInterval(days) * 86400)
    }
}
