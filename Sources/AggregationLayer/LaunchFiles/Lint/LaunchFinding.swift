// SPDX-License-Identifier: Apache-2.0

/// A stable name for one thing that is wrong with a launch file. The hundred 6 stands for launch files, beside those of
/// `verify`.
public enum LaunchCode: String, Sendable, Codable, CaseIterable {
    case requestHeaderCAMissing = "KB601"
    case proxyClientMissing = "KB602"
    case usernameHeadersMissing = "KB603"
    case flagMissing = "KB604"
    case duplicate = "KB605"
    case contradictory = "KB606"
    case unknownToVersion = "KB607"
    case literalQuotes = "KB608"
    case nonStandardHeader = "KB609"
    case allowedNameEmpty = "KB610"
    case nameNotAllowed = "KB611"
    case certificateAndKeySwapped = "KB612"
    case keyDoesNotMatch = "KB613"
    case fileMissing = "KB614"
    case fileUnreadable = "KB615"
    case keyReadableByOthers = "KB616"
    case notMounted = "KB617"
    case sharedCA = "KB618"
    case expired = "KB619"
    case expiresSoon = "KB620"
    case notSigned = "KB621"
    case usageWrong = "KB622"
    case aggregatorRoutingNeeded = "KB623"
    case proxyVariables = "KB624"
    case refusesToStart = "KB625"
    case lineIgnored = "KB626"
    case variableUndefined = "KB627"

    /// The rows of the failure catalogue that it brings about.
    public var catalogue: [String] {
        switch self {
        case .requestHeaderCAMissing: ["F28"]
        case .proxyClientMissing, .certificateAndKeySwapped, .keyDoesNotMatch: ["F20"]
        case .usernameHeadersMissing: ["F29"]
        case .flagMissing: ["F28", "F29"]
        case .duplicate, .contradictory: ["F20"]
        case .unknownToVersion: ["F12"]
        case .literalQuotes, .allowedNameEmpty: ["F24"]
        case .nonStandardHeader: ["F30"]
        case .nameNotAllowed: ["F23"]
        case .fileMissing, .fileUnreadable, .keyReadableByOthers, .notMounted: ["F20", "F21"]
        case .sharedCA: ["F32", "F33"]
        case .expired, .expiresSoon: ["F26", "F27"]
        case .notSigned: ["F21", "F22"]
        case .usageWrong: ["F25"]
        case .aggregatorRoutingNeeded: ["F13"]
        case .proxyVariables: ["F19"]
        case .refusesToStart: ["F31"]
        case .lineIgnored, .variableUndefined: ["F28"]
        }
    }

    /// In a few words, for lists of rules.
    public var summary: String {
        switch self {
        case .requestHeaderCAMissing: "no requestheader CA: the aggregation layer is off"
        case .proxyClientMissing: "no certificate or key to show to aggregated servers"
        case .usernameHeadersMissing: "no header carries the caller's name"
        case .flagMissing: "an aggregation flag is missing"
        case .duplicate: "a flag is given twice"
        case .contradictory: "a flag is given twice with different values"
        case .unknownToVersion: "the flag does not exist in this version"
        case .literalQuotes: "quotes are part of the value"
        case .nonStandardHeader: "the aggregator sends other headers than these"
        case .allowedNameEmpty: "an allowed name is empty"
        case .nameNotAllowed: "the certificate's common name is not allowed"
        case .certificateAndKeySwapped: "a key stands where a certificate belongs, or the other way round"
        case .keyDoesNotMatch: "the key is not the certificate's"
        case .fileMissing: "a file is not there"
        case .fileUnreadable: "a file cannot be read, or holds something else"
        case .keyReadableByOthers: "others may read the private key"
        case .notMounted: "the pod does not see the file"
        case .sharedCA: "requestheader CA and client CA have the same key"
        case .expired: "a certificate is outside its dates"
        case .expiresSoon: "a certificate expires soon"
        case .notSigned: "the certificate does not lead to the requestheader CA"
        case .usageWrong: "the certificate is not for client authentication"
        case .aggregatorRoutingNeeded: "no kube-proxy here, and no aggregator routing"
        case .proxyVariables: "a proxy stands between kube-apiserver and aggregated servers"
        case .refusesToStart: "kube-apiserver refuses to start"
        case .lineIgnored: "systemd ignores a line"
        case .variableUndefined: "a variable or its file is not there"
        }
    }
}

/// How bad a finding is.
public enum LaunchSeverity: String, Sendable, Codable, CaseIterable {
    case error, warning
}

/// One thing that is wrong with a launch file, where it stands, and what to type.
public struct LaunchFinding: Sendable, Equatable {
    public let code: LaunchCode
    public let severity: LaunchSeverity
    public let place: LaunchPlace
    /// The offending text as it is written; empty where something is missing.
    public let text: String
    public let message: String
    /// What to type, or to write instead.
    public let hint: String?
}
