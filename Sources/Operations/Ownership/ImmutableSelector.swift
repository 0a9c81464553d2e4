// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// A Deployment that selects its pods by other labels than the intended one, as those of the Helm chart and of kubespray
/// do. A selector never changes: the Service would move on to labels that no pod has, and the Deployment be refused.
public struct ImmutableSelector: Error, Sendable, CustomStringConvertible {
    private let reference: ObjectReference
    private let labels: String
    private let intended: String

    /// - Returns: nil for an object of another kind, and where both select alike.
    init?(_ object: JSONValue, live: JSONValue) {
        guard let reference = ObjectReference(object), reference.type == .deployments else { return nil }
        let (selector, wanted) = (live["spec"]["selector"], object["spec"]["selector"])
        guard selector != wanted else { return nil }
        self.reference = reference
        (labels, intended) = (Self.text(selector), Self.text(wanted))
    }

    private static func text(_ selector: JSONValue) -> String {
        let labels = (selector["matchLabels"].object ?? [:]).sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value.string ?? "")" }
        let others = selector["matchExpressions"].array?.isEmpty == false ? ["expressions"] : []
        return (labels + others).joined(separator: ",").singleLine
    }

    public var description: String {
        "nothing was written, because \(reference) selects its pods by \(labels), which cannot become \(intended)"
    }

    public var hint: String? {
        "kubectl -n \(reference.namespace ?? "") delete \(reference)   # then the same again: no metrics until its pods run"
    }
}
