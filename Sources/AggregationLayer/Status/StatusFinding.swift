// SPDX-License-Identifier: Apache-2.0

public import Core

/// A stable name for one thing that is wrong with front-proxy files as they lie on disk, beside the codes of `verify` and
/// of launch files.
public enum StatusCode: String, Sendable, CaseIterable {
    case othersMayWrite = "KB751"
    case fileUnreadable = "KB752"
    case keyReadableByOthers = "KB753"
    case fileMissing = "KB754"
    case notAnAuthority = "KB755"
    case expired = "KB756"
    case notYetValid = "KB757"
    case endsSoon = "KB758"
    case noCommonName = "KB759"
    case usageWrong = "KB760"
    case notTrusted = "KB761"
    case keyDoesNotMatch = "KB762"
    case authorityKeyDoesNotMatch = "KB763"
    case sharedAuthority = "KB764"
    case rotationUnfinished = "KB765"

    /// What is wrong, as one sentence that is true wherever this code is printed.
    public var summary: String {
        switch self {
        case .othersMayWrite: "Somebody else than root and the caller could have put the file there."
        case .fileUnreadable: "The file cannot be read, or holds something else."
        case .keyReadableByOthers: "Others may read the private key."
        case .fileMissing: "A file of the pair is not there."
        case .notAnAuthority: "The CA file holds a certificate that is not a CA's."
        case .expired: "A certificate has expired."
        case .notYetValid: "A certificate is not valid yet."
        case .endsSoon: "A certificate ends soon."
        case .noCommonName: "The client certificate has no common name, so no allowed name can be given."
        case .usageWrong: "The client certificate is not for client authentication."
        case .notTrusted: "The client certificate does not lead to the CA."
        case .keyDoesNotMatch: "The key is not the client certificate's: kube-apiserver does not start with them."
        case .authorityKeyDoesNotMatch: "The CA key is not of a CA in the CA file, so nothing can be renewed."
        case .sharedAuthority: "The front-proxy CA signs ordinary client certificates too."
        case .rotationUnfinished: "A rotation of the CA has begun and has not ended."
        }
    }

    /// The same in two or three words, for a table.
    var short: String {
        switch self {
        case .othersMayWrite: "not trusted"
        case .fileUnreadable: "unreadable"
        case .keyReadableByOthers: "not private"
        case .fileMissing: "missing"
        case .notAnAuthority: "not a CA"
        case .expired: "expired"
        case .notYetValid: "not yet valid"
        case .endsSoon: "ends soon"
        case .noCommonName: "no common name"
        case .usageWrong: "wrong usage"
        case .notTrusted: "not trusted"
        case .keyDoesNotMatch, .authorityKeyDoesNotMatch: "does not match"
        case .sharedAuthority: "shared with clients"
        case .rotationUnfinished: "rotating"
        }
    }

    /// Whether aggregation fails or is unsafe with it, or works for now.
    public var severity: Severity {
        switch self {
        case .endsSoon, .authorityKeyDoesNotMatch, .rotationUnfinished: .warning
        default: .failure
        }
    }

    /// What to do, where the files do not say it more exactly.
    public var fix: Hint {
        switch self {
        case .othersMayWrite: .look("ls -ld FILE", "whose is it, and who may write it?")
        case .fileUnreadable: .look("openssl x509 -noout -subject -in FILE")
        case .keyReadableByOthers: .fix("chmod 600 FILE")
        case .fileMissing: .fix("kbootstrap certs front-proxy")
        case .notAnAuthority: .look("openssl x509 -noout -text -in FILE")
        case .expired, .endsSoon: .fix("kbootstrap certs renew", "a CA: kbootstrap certs rotate-ca begin")
        case .notYetValid: .look("date", "is this machine's clock right?")
        case .noCommonName, .usageWrong, .notTrusted: .fix("kbootstrap certs renew")
        case .keyDoesNotMatch: .fix("kbootstrap certs renew --new-key")
        case .authorityKeyDoesNotMatch: .advice("put the CA's own key back, or rotate the CA")
        case .sharedAuthority: .fix("kbootstrap certs rotate-ca begin", "moves to a CA of its own")
        case .rotationUnfinished: .look("kbootstrap certs rotate-ca", "says what comes next")
        }
    }
}

/// One thing that needs care about a folder's files.
public struct StatusFinding: Sendable, Equatable {
    /// The same as every command's findings; its subject is the file.
    public let finding: Finding
    /// The full path of the file that it is about.
    public let file: String
    /// The subject of the certificate that it is about, where it is about one of several in the file.
    public let certificate: String?
    /// The finding in a few words, for a table.
    public let short: String

    public var severity: Severity { finding.severity }

    /// - Parameters:
    ///   - short: nil for the code's own.
    ///   - hint: nil for the code's own.
    init(
        _ code: StatusCode, _ file: String, _ message: String, short: String? = nil, hint: Hint? = nil,
        certificate: String? = nil
    ) {
        finding = Finding(
            code: FindingCode(rawValue: code.rawValue), severity: code.severity, subject: .file(file), summary: message,
            hint: hint ?? code.fix)
        self.file = file
        self.certificate = certificate
        self.short = short ?? code.short
    }
}
