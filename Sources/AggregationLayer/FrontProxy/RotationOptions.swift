// SPDX-License-Identifier: Apache-2.0

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

extension RotationPhase {
    /// By who signed the client certificate, whether or not it still is within its dates.
    ///
    /// - Parameters:
    ///   - client: the client certificate, and those that stand behind it.
    ///   - next: the CA that a rotation moves to, where one goes on.
    init(client: [Certificate], next: Certificate?) {
        guard let next else {
            self = .none
            return
        }
        self = client.contains { (try? $0.isSigned(by: next)) == true } ? .switched : .begun
    }
}

extension FrontProxyInventory {
    var rotation: RotationPhase { RotationPhase(client: clientChain, next: nextCA) }
}
