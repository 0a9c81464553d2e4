// SPDX-License-Identifier: Apache-2.0

internal import Core

/// The failure catalogue: every cause that `verify` knows. Judging takes severity, patience, signatures and the usual
/// fix from here; `explain` and the documentation print it.
public enum Catalogue {
    /// All causes, in the order of their codes.
    public static let causes: [Cause] = tables.sorted { $0.code.rawValue < $1.code.rawValue }

    /// The cause of a code; every code has one, which a test holds.
    public static func cause(_ code: FailureCode) -> Cause {
        rows[code] ?? Cause(code, "", fix: .advice(""), seen: "")
    }

    /// The first cause with a signature in this source that a text shows, in the order in which the tables list them.
    static func cause(of text: String, in source: Signature.Source) -> FailureCode? {
        (bySource[source] ?? []).first { $0.signature.matches(text) }?.code
    }

    /// Whether a cause brings the other failure about, by itself or through a third one.
    public static func explains(_ cause: FailureCode, _ other: FailureCode) -> Bool {
        consequences[cause]?.contains(other) ?? false
    }

    /// The same, by way of such causes only as may be met.
    static func explains(
        _ cause: FailureCode, _ other: FailureCode, through isPossible: (FailureCode) -> Bool
    ) -> Bool {
        var found = rows[cause]?.explains ?? []
        var new = found
        while !new.isEmpty, !found.contains(other) {
            new = Set(new.filter(isPossible).flatMap { rows[$0]?.explains ?? [] }).subtracting(found)
            found.formUnion(new)
        }
        return found.contains(other)
    }

    /// What fails because of a cause and is well again with it, in the order of the codes.
    public static func consequences(of cause: FailureCode) -> [FailureCode] {
        FailureCode.allCases.filter { explains(cause, $0) }
    }

    /// The aggregator asks every backend again after at most 30 seconds
    /// (kube-aggregator, remote_available_controller.go: resync and longest backoff); 5 more for the answer.
    static let probeInterval = Duration.seconds(35)

    private static let tables =
        apiAccess + aggregationLayer + workload + containers + connection + apiService + metrics + kubelets

    private static let rows = Dictionary(uniqueKeysWithValues: tables.map { ($0.code, $0) })

    private static let bySource: [Signature.Source: [(code: FailureCode, signature: Signature)]] = Dictionary(
        grouping: tables.flatMap { cause in cause.signatures.map { (cause.code, $0) } }, by: \.1.source)

    private static let consequences: [FailureCode: Set<FailureCode>] = rows.mapValues { cause in
        var found = cause.explains
        var new = found
        while !new.isEmpty {
            new = Set(new.flatMap { rows[$0]?.explains ?? [] }).subtracting(found)
            found.formUnion(new)
        }
        return found
    }
}
