// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import KubernetesClient

/// The caBundle of an APIService that somebody else keeps: that one field, under a field manager of its own, so that
/// neither the rest nor the object becomes kbootstrap's.
struct CABundleField {
    static let manager = "kbootstrap-serving-cert"

    private let value: JSONValue

    /// - Parameter bundle: CAs, as PEM.
    init(_ bundle: String) { value = .string(Data(bundle.utf8).base64EncodedString()) }

    /// - Throws: `APIError`: 409 where another manager has put another caBundle there, and `options` do not force.
    func write(
        over live: JSONValue, _ client: APIClient, _ options: ApplyOptions, _ server: ServerVersion
    ) async throws(APIError) -> AppliedObject {
        let reference = try client.reference(of: live)
        guard live["spec"]["caBundle"] != value else {
            return AppliedObject(reference: reference, outcome: .unchanged, object: live)
        }
        // Two that renew at once would each take the other's CA away.
        let metadata: JSONValue = [
            "name": .string(reference.name), "resourceVersion": live["metadata"]["resourceVersion"],
        ]
        var field: JSONValue = ["metadata": metadata, "spec": ["caBundle": value]]
        let written: JSONValue
        if server.appliesAPIServices {
            (field["apiVersion"], field["kind"]) = (live["apiVersion"], live["kind"])
            written = try await client.patch(
                reference, field, type: .apply,
                query: [
                    ("fieldManager", Self.manager), ("force", options.force || Self.isOurs(live) ? "true" : "false"),
                ],
                dryRun: options.dryRun)
        } else {
            written = try await client.patch(reference, field, type: .merge, dryRun: options.dryRun)
        }
        return AppliedObject(reference: reference, outcome: .configured, object: written)
    }

    /// Whether nobody but kbootstrap, in an installation or here, has written the field.
    static func isOurs(_ live: JSONValue) -> Bool {
        let managers = (live["metadata"]["managedFields"].array ?? [])
            .filter { $0["fieldsV1"]["f:spec"]["f:caBundle"] != .null }.compactMap { $0["manager"].string }
        return !managers.isEmpty && managers.allSatisfy { $0 == manager || $0 == ApplyOptions().fieldManager }
    }

    /// Whether `kubectl apply` of the manifest that the object is from would put another caBundle back.
    func isOverwritten(_ live: JSONValue) -> Bool {
        let text = live["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"].string
        guard let manifest = text.flatMap({ try? JSONValue.parse(Array($0.utf8)) }) else { return false }
        return manifest["spec"]["caBundle"] != .null && manifest["spec"]["caBundle"] != value
    }
}
