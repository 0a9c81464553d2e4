// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

/// What one verification saw, so that it can be judged again elsewhere: a JSON document (`kbootstrap/v1`,
/// `VerificationEvidence`). One text file in place of an archive: it can be read, compared and mailed as it is.
public struct VerificationRecord: Sendable, Equatable {
    /// The API server's address, as the kubeconfig has it.
    public let server: String
    /// The kubeconfig context, where there is one.
    public let context: String?
    /// The last round's answers.
    public internal(set) var evidence: Evidence
    /// How long verification took, in all its rounds; whole milliseconds.
    public let elapsed: Duration
    /// Whether the time given ran out while a failure might still have mended itself.
    public var timedOut: Bool
    /// Whether the Deployment was changed just now, so that an older pod that still serves is not enough.
    public let expectsRollout: Bool

    public init(
        server: String, context: String?, evidence: Evidence, elapsed: Duration = .zero, timedOut: Bool = false,
        expectsRollout: Bool = false
    ) {
        self.expectsRollout = expectsRollout
        self.server = server
        self.context = context
        self.evidence = evidence
        self.elapsed = .milliseconds(Int64(elapsed / .milliseconds(1)))
        self.timedOut = timedOut
    }

    /// The longest document that is read, in bytes: 150,000 pods and their metrics come to a quarter of it.
    public static let largest = 256 << 20

    /// The document, without what judging does not look at, and without secrets.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(Document(self)), as: UTF8.self)
    }

    /// Reads a document that anybody may have written.
    ///
    /// - Parameter source: the file's name, for the error.
    public init(json bytes: [UInt8], source: String) throws(VerificationRecordError) {
        guard bytes.count <= Self.largest else {
            throw VerificationRecordError(description: "\(source) is larger than \(Self.largest >> 20) MiB", hint: nil)
        }
        do {
            let value = try JSONValue.parse(bytes)
            try Self.requireKind(value, source)
            // What is printed later comes from here: nothing in it may steer a terminal.
            let escaped = try value.mapText(\.escapingControls).serialized()
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .iso8601
            self = try decoder.decode(Document.self, from: Data(escaped)).record
        } catch let error as VerificationRecordError {
            throw error
        } catch let error as DecodingError {
            throw VerificationRecordError(
                description: "\(source) could not be read as verification evidence: \(Self.reason(error))")
        } catch {
            throw VerificationRecordError(description: "\(source) could not be read as verification evidence: \(error)")
        }
    }

    private static let apiVersion = "kbootstrap/v1"
    private static let kind = "VerificationEvidence"

    private static func requireKind(_ value: JSONValue, _ source: String) throws(VerificationRecordError) {
        guard value["kind"].string == kind else {
            let found = value["kind"].string.map { "a \($0.escapingControls.prefix(60))" } ?? "something else"
            throw VerificationRecordError(description: "\(source) is \(found), not \(kind)")
        }
        guard value["apiVersion"].string == apiVersion else {
            let version = (value["apiVersion"].string ?? "no version").escapingControls.prefix(60)
            throw VerificationRecordError(
                description: "\(source) is of \(version), and this kbootstrap reads \(apiVersion)",
                hint: "judge it with the kbootstrap that wrote it")
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
                .joined(separator: ".")
            return path.isEmpty ? "it is not JSON" : "\(path): \(context.debugDescription)"
        }
        return switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            place(context).escapingControls
        case .keyNotFound(let key, let context):
            ((context.codingPath + [key]).map(\.stringValue).joined(separator: ".") + " is not there").escapingControls
        @unknown default: "\(error)".escapingControls
        }
    }

    private struct Document: Codable {
        var apiVersion = VerificationRecord.apiVersion
        var kind = VerificationRecord.kind
        let server: String
        let context: String?
        let elapsedMilliseconds: Int64
        let timedOut: Bool
        let expectsRollout: Bool?
        let evidence: Evidence

        init(_ record: VerificationRecord) {
            server = record.server.withoutSecrets
            context = record.context
            elapsedMilliseconds = Int64(record.elapsed / .milliseconds(1))
            timedOut = record.timedOut
            expectsRollout = record.expectsRollout ? true : nil
            evidence = record.evidence.redacted
        }

        var record: VerificationRecord {
            VerificationRecord(
                server: server.inOneLine, context: context?.inOneLine, evidence: evidence,
                // Longer than a year is no verification.
                elapsed: .milliseconds(min(max(elapsedMilliseconds, 0), 31_536_000_000)), timedOut: timedOut,
                expectsRollout: expectsRollout ?? false)
        }
    }
}

/// Why a document could not be judged.
public struct VerificationRecordError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    public var hint: String? = "kbootstrap verify --save FILE   # writes one"
}
