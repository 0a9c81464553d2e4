// SPDX-License-Identifier: Apache-2.0

public import Core

/// A stable name for one thing that is wrong with a launch file. The hundred 7 stands for launch files, beside those of
/// `verify`.
public enum LaunchCode: String, Sendable, Codable, CaseIterable {
    case requestHeaderCAMissing = "KB701"
    case proxyClientMissing = "KB702"
    case usernameHeadersMissing = "KB703"
    case flagMissing = "KB704"
    case duplicate = "KB705"
    case contradictory = "KB706"
    case unknownToVersion = "KB707"
    case literalQuotes = "KB708"
    case nonStandardHeader = "KB709"
    case allowedNameEmpty = "KB710"
    case nameNotAllowed = "KB711"
    case certificateAndKeySwapped = "KB712"
    case keyDoesNotMatch = "KB713"
    case fileMissing = "KB714"
    case fileUnreadable = "KB715"
    case keyReadableByOthers = "KB716"
    case notMounted = "KB717"
    case sharedCA = "KB718"
    case expired = "KB719"
    case expiresSoon = "KB720"
    case notSigned = "KB721"
    case usageWrong = "KB722"
    case aggregatorRoutingNeeded = "KB723"
    case proxyVariables = "KB724"
    case refusesToStart = "KB725"
    case lineIgnored = "KB726"
    case variableUndefined = "KB727"

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

extension LaunchCode {
    /// The worst that it is reported as.
    public var severity: Severity {
        switch self {
        case .flagMissing, .duplicate, .keyReadableByOthers, .sharedCA, .expiresSoon, .aggregatorRoutingNeeded: .warning
        default: .failure
        }
    }

    /// What to type, or to change, where the launch file does not say it more exactly.
    public var fix: Hint {
        switch self {
        case .requestHeaderCAMissing, .proxyClientMissing, .usernameHeadersMissing, .flagMissing:
            .advice("kbootstrap apiserver-flags apply FILE adds it")
        case .duplicate, .contradictory: .advice("leave one of them")
        case .unknownToVersion: .advice("leave the flag out, or write it as this version knows it")
        case .literalQuotes: .advice("take the quotes off: no shell is there to do it")
        case .nonStandardHeader: .advice("kube-apiserver sends X-Remote-User, X-Remote-Group and X-Remote-Extra-")
        case .allowedNameEmpty, .nameNotAllowed:
            .advice("kbootstrap apiserver-flags apply FILE allows the certificate's name")
        case .certificateAndKeySwapped: .advice("exchange the two file names")
        case .keyDoesNotMatch: .look("kbootstrap certs status", "which files belong together")
        case .fileMissing: .fix("kbootstrap certs front-proxy")
        case .fileUnreadable: .advice("check the file's mode and its first line")
        case .keyReadableByOthers: .advice("chmod 600, for the key file")
        case .notMounted: .advice("kbootstrap apiserver-flags apply FILE mounts the folder")
        case .sharedCA: .fix("kbootstrap certs front-proxy", "makes a CA of its own")
        case .expired, .expiresSoon: .fix("kbootstrap certs renew")
        case .notSigned, .usageWrong:
            .advice(
                "kbootstrap certs front-proxy --dir, with a new folder, makes a pair that fits; then apply the flags")
        case .aggregatorRoutingNeeded: .advice("--enable-aggregator-routing=true, and a route to the pod network")
        case .proxyVariables:
            .advice("add the service and pod networks and .svc to NO_PROXY, or unset the variables")
        case .refusesToStart: .advice("change the value as the finding says")
        case .lineIgnored: .advice("end every line but the last with a backslash, and nothing after it")
        case .variableUndefined: .advice("define the variable, or write the flags out")
        }
    }
}

/// One thing that is wrong with a launch file, where it stands, and what to type.
public struct LaunchFinding: Sendable, Equatable {
    /// The same as every command's findings; its subject is the file.
    public let finding: Finding
    public let code: LaunchCode
    public let place: LaunchPlace
    /// The offending text as it is written; empty where something is missing.
    public let text: String

    public var severity: Severity { finding.severity }

    /// - Parameter hint: nil for the code's own.
    init(
        _ code: LaunchCode, _ severity: Severity, at place: LaunchPlace, text: String, _ message: String,
        hint: Hint? = nil
    ) {
        finding = Finding(
            code: FindingCode(rawValue: code.rawValue), severity: severity, subject: .file(place.file),
            summary: message, hint: hint ?? code.fix)
        self.code = code
        self.place = place
        self.text = text
    }
}
