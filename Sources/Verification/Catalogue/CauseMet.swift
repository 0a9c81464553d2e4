// SPDX-License-Identifier: Apache-2.0

public import Core
internal import KubernetesClient

extension Finding {
    /// A cause of the catalogue, met.
    ///
    /// - Parameters:
    ///   - hint: what to do here; nil for the catalogue's.
    ///   - patience: nil for the catalogue's.
    public init(
        _ code: FailureCode, about subject: Subject = .cluster, _ summary: String, hint: Hint? = nil,
        patience: Duration? = nil
    ) {
        let cause = Catalogue.cause(code)
        self.init(
            code: FindingCode(code), severity: cause.severity, subject: subject,
            // One line, whatever the server put into it.
            summary: summary.withoutSecrets.inOneLine, hint: hint ?? cause.fix, patience: patience ?? cause.patience)
    }

    /// The catalogue's name; nil for a finding of another module.
    var failure: FailureCode? { FailureCode(rawValue: code.rawValue) }

    /// The cause, in the catalogue's words.
    public var cause: String { failure.map { Catalogue.cause($0).title } ?? "" }
}
