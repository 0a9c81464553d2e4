// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// A taint that metrics-server may run beside.
public struct Toleration: Sendable, Equatable {
    private let key: String
    private let value: String?
    private let effect: String?

    /// - Parameter text: `KEY[=VALUE][:EFFECT]`; without a value any, without an effect every one.
    init?(_ text: String) {
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let taint = (halves.first ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            .map(String.init)
        guard let key = taint.first, LabelSyntax.isKey(key) else { return nil }
        if taint.count == 2, !LabelSyntax.isValue(taint[1]) { return nil }
        if halves.count == 2, !["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(halves[1]) { return nil }
        self.key = key
        value = taint.count == 2 ? taint[1] : nil
        effect = halves.count == 2 ? halves[1] : nil
    }

    var object: JSONValue {
        var object: JSONValue = ["key": .string(key), "operator": value == nil ? "Exists" : "Equal"]
        if let value { object["value"] = .string(value) }
        if let effect { object["effect"] = .string(effect) }
        return object
    }
}
