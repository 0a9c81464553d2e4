// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import PKI

/// A folder's front-proxy files with all that can be told of them, and what needs care.
public struct FrontProxyStatus: Sendable {
    /// What a file is for.
    public enum Role: String, Sendable, Codable, CaseIterable {
        case ca = "ca"
        case caKey = "ca-key"
        case client = "client"
        case clientKey = "client-key"
        case nextCA = "next-ca"
        case nextCAKey = "next-ca-key"
        case nextClientKey = "next-client-key"
    }

    /// One file, or one certificate of a file that holds several.
    public struct Item: Sendable {
        public let role: Role
        /// The full path.
        public let file: String
        /// Nil for a key.
        public let certificate: Certificate?
        /// The permission bits; nil where the file is not there, or could not be looked at.
        public let mode: UInt32?
        public let owner: FileOwner?
        /// Whether the key is that of the certificate that it goes with; nil where that could not be told.
        public let keyMatches: Bool?
        /// Whether the certificate verifies for client authentication; nil for anything but the client's.
        public let chainVerifies: Bool?
    }

    public let directory: String
    public let layout: FrontProxyLayout
    public let items: [Item]
    /// What needs care, the worst first; empty where all is well.
    public let findings: [StatusFinding]
    public let phase: RotationPhase
    /// When it was looked at.
    public let moment: Date

    /// The findings about a file.
    public func findings(about item: Item) -> [StatusFinding] {
        findings.filter {
            $0.file == item.file && ($0.certificate == nil || $0.certificate == item.certificate?.subject)
        }
    }
}
