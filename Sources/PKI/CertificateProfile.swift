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
    /// - Parameters:
    ///   - notAfter: the last moment.
    ///   - now: the present.
    /// - Throws: where `notAfter` is not after the beginning, or beyond the year 9999.
    public init(
        commonName: String, organizations: [String] = [], purpose: Purpose, names: [SubjectAlternativeName] = [],
        notAfter: Date, now: Date = Date()
    ) throws(OpenSSLError) {
        self.init(
            commonName: commonName, organizations: organizations, purpose: purpose, names: names, days: 0, now: now)
        self.notAfter = notAfter
        guard notAfter > now else {
            throw OpenSSLError(Self.datesIntent, because: ["it would have ended before now"])
        }
        try checkDates()
    }

    /// - Parameters:
    ///   - lifetime: in seconds, from `now`.
    ///   - now: the present.
    /// - Throws: where `lifetime` is not above zero, or leads beyond the year 9999.
    public init(
        commonName: String, organizations: [String] = [], purpose: Purpose, names: [SubjectAlternativeName] = [],
        lifetime: TimeInterval, now: Date = Date()
    ) throws(OpenSSLError) {
        try self.init(
            commonName: commonName, organizations: organizations, purpose: purpose, names: names,
            notAfter: now.addingTimeInterval(lifetime), now: now)
    }

    /// The last moment that X.509 can name, 9999-12-31T23:59:59Z (RFC 5280, section 4.1.2.5.2).
    public static let lastMoment = Date(timeIntervalSince1970: 253_402_300_799)

    /// The first moment that UTCTime can name, 1950-01-01T00:00:00Z (RFC 5280, section 4.1.2.5.1).
    private static let firstMoment = Date(timeIntervalSince1970: -631_152_000)

    private static let datesIntent = "choose a certificate's dates"

    /// - Throws: where X.509 cannot hold the dates, or the end is not after the beginning.
    func checkDates() throws(OpenSSLError) {
        guard notAfter <= Self.lastMoment else {
            throw OpenSSLError(Self.datesIntent, because: ["X.509 ends with the year 9999"])
        }
        guard notBefore >= Self.firstMoment else {
            throw OpenSSLError(Self.datesIntent, because: ["they would begin before 1950"])
        }
        guard notBefore < notAfter else {
            throw OpenSSLError(Self.datesIntent, because: ["the certificate would end before it begins"])
        }
    }
}
