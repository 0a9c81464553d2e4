// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import PKI

/// How far the rotation of a folder's CA has come, as its files tell.
public enum RotationPhase: String, Sendable, Codable {
    /// No rotation goes on.
    case none
    /// The CA file trusts the next CA too; the client certificate is still the old one's.
    case begun
    /// The client certificate is signed by the next CA; the old one is still trusted.
    case switched
}

/// What a rotation works with.
public struct RotationOptions: Sendable {
    /// Of the next CA's key; nil for the present one's algorithm, or ECDSA P-256 where that is none of ours.
    public var keyAlgorithm: KeyAlgorithm?
    public var caLifetime: Lifetime
    /// Of the client certificate that the next CA signs.
    public var lifetime: Lifetime
    /// Path of the next CA's certificate, for one that is kept elsewhere; nil to make one here.
    public var nextCACertificate: String?
    /// The next CA with its key, to sign the client certificate; nil for the one that was made here.
    public var outsideCA: OutsideCA?

    public init(
        keyAlgorithm: KeyAlgorithm? = nil, caLifetime: Lifetime = .days(3650), lifetime: Lifetime = .days(365),
        nextCACertificate: String? = nil, outsideCA: OutsideCA? = nil
    ) {
        self.keyAlgorithm = keyAlgorithm
        self.caLifetime = caLifetime
        self.lifetime = lifetime
        self.nextCACertificate = nextCACertificate
        self.outsideCA = outsideCA
    }
}

extension FrontProxyInventory {
    func rotation(at now: Date) -> RotationPhase {
        guard let nextCA else { return .none }
        guard let client = clientCertificate else { return .begun }
        let verdict = try? verifyChain(
            client, intermediates: Array(clientChain.dropFirst()), anchors: [nextCA], purpose: .client, at: now)
        return verdict == .trusted ? .switched : .begun
    }
}
