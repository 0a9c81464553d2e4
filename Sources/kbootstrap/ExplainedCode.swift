// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import Core
import Verification

/// What any of the codes stands for, whichever command prints it.
struct ExplainedCode: Encodable {
    let code: String
    let severity: String
    /// Where it is met: a hop of the chain, or the launch file.
    let place: String
    let cause: String
    let fix: String
    /// `fix` for a command that repairs, `next` for one that finds out more, `note` for a sentence.
    let fixKind: String
    /// By what it is known, and where others have met it; empty for what the launch file itself shows.
    let signature: String
    let reference: String
    /// How long `verify` waits for it to pass; nil for what it does not print.
    let patience: Duration?

    static let all =
        Catalogue.causes.map(ExplainedCode.init) + LaunchCode.allCases.map(ExplainedCode.init)
        + StatusCode.allCases.map(ExplainedCode.init)

    private init(_ cause: Cause) {
        code = cause.code.rawValue
        severity = cause.severity.rawValue
        place = cause.hop.rawValue
        self.cause = cause.title
        fix = cause.fix.text
        fixKind = cause.fix.label
        (signature, reference) = (cause.seen, cause.reference)
        patience = cause.patience
    }

    private init(_ launch: LaunchCode) {
        code = launch.rawValue
        severity = launch.severity.rawValue
        place = "launch file"
        let summary = launch.summary
        let isName = ["kube-apiserver", "systemd", "requestheader"].contains { summary.hasPrefix($0) }
        cause = (isName ? summary.prefix(1) : summary.prefix(1).uppercased()[...]) + summary.dropFirst() + "."
        fix = launch.fix.text
        fixKind = launch.fix.label
        (signature, reference) = ("", "")
        patience = nil
    }

    private init(_ status: StatusCode) {
        code = status.rawValue
        severity = status.severity.rawValue
        place = "front-proxy files"
        cause = status.summary
        fix = status.fix.text
        fixKind = status.fix.label
        (signature, reference) = ("", "")
        patience = nil
    }

    private enum CodingKeys: String, CodingKey {
        case code, severity, place, cause, fix, fixKind, signature, reference, patienceSeconds
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(code, forKey: .code)
        try container.encode(severity, forKey: .severity)
        try container.encode(place, forKey: .place)
        try container.encode(cause, forKey: .cause)
        try container.encode(fix, forKey: .fix)
        try container.encode(fixKind, forKey: .fixKind)
        if !signature.isEmpty { try container.encode(signature, forKey: .signature) }
        if !reference.isEmpty { try container.encode(reference, forKey: .reference) }
        try container.encodeIfPresent(patience.map { Int($0.components.seconds) }, forKey: .patienceSeconds)
    }
}

extension ExplainedCode: ExpressibleByArgument {
    init?(argument: String) {
        guard let known = Self.all.first(where: { $0.code == argument.uppercased() }) else { return nil }
        self = known
    }
}
