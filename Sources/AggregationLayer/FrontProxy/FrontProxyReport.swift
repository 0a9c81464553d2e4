// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
internal import PKI

/// What happened to each front-proxy file.
public struct FrontProxyReport: Sendable, Equatable {
    public enum Outcome: String, Sendable, Codable {
        case created
        case kept
        case wouldCreate = "would create"
        /// Another certificate in the same place, with the same subject.
        case renewed
        case wouldRenew = "would renew"
        case replaced
        case wouldReplace = "would replace"
        case removed
        /// As it was before the last change.
        case restored
    }

    public struct Entry: Sendable, Equatable, Codable {
        /// The file's full path.
        public let file: String
        /// The certificate's subject; nil for a key.
        public let subject: String?
        /// When the certificate ends; nil for a key, and for a certificate that is not made yet.
        public let notAfter: Date?
        public let outcome: Outcome

        init(file: String, subject: String?, notAfter: Date?, outcome: Outcome) {
            self.file = file
            self.subject = subject
            self.notAfter = notAfter
            self.outcome = outcome
        }

        /// - Parameter certificate: nil for a key.
        init(_ file: String, _ certificate: Certificate?, _ outcome: Outcome) {
            self.init(
                file: file, subject: certificate?.subject, notAfter: certificate?.notAfter, outcome: outcome)
        }
    }

    public let entries: [Entry]
    /// What the reader should know, as sentences.
    public let notices: [String]

    /// Whether every file was there already.
    public var isUnchanged: Bool { entries.allSatisfy { $0.outcome == .kept } }

    private struct Document: Encodable {
        let apiVersion = "kbootstrap/v1"
        let kind = "FrontProxyReport"
        let files: [Entry]
        let notices: [String]
    }

    /// The report as a JSON document.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(Document(files: entries, notices: notices)), as: UTF8.self)
    }
}
