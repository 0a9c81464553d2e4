// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
internal import MetricsServer

/// An object that an installation would change, as the API server says it would be.
public struct IntendedChange: Sendable {
    public let reference: ObjectReference
    /// YAML without what the server keeps for itself; empty where there is no such object.
    public let old: String
    /// Empty where there is to be none.
    public let new: String

    /// - Parameter new: nil where it would be deleted.
    init(_ reference: ObjectReference, old: JSONValue?, new: JSONValue?) throws {
        self.reference = reference
        self.old = try old.map { try Self.plain($0).yaml() } ?? ""
        self.new = try new.map { try Self.plain($0).yaml() } ?? ""
    }

    /// Who set which field, and counters, change with every write and mean nothing to a reader.
    private static func plain(_ object: JSONValue) -> JSONValue {
        var object = object
        object["status"] = .null
        for key in ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"] {
            object["metadata"][key] = .null
        }
        return object
    }
}

extension MetricsInstallation {
    /// What installing would change, asked of the API server without writing anything. The Secret is left out: it
    /// holds a key. What is to be in a namespace that is not there yet is shown as it is intended: nobody can be asked.
    ///
    /// - Parameter createsNamespace: whether the namespace is to be made where it is missing.
    /// - Throws: `APIError` where the server refuses an object; `MissingNamespaceError`.
    public func changes(_ plan: InstallationPlan, createsNamespace: Bool) async throws -> [IntendedChange] {
        let live = try await LiveObjects.read(plan, client)
        try live.refuseImmutable(plan.objects(caBundle: nil))
        let bundle = ServingCertificateInstallation.caBundle(of: plan.apiService, namespace: plan.options.namespace)
        // With force: who owns a field is not what is asked here.
        let options = ApplyOptions(force: true, dryRun: true)
        let namespace = plan.options.namespace
        let isMissing = try await MetricsNamespace.isMissing(namespace, creating: createsNamespace, client)
        var changes: [IntendedChange] = []
        if isMissing {
            let reference = ObjectReference(.namespaces, name: namespace)
            changes.append(try IntendedChange(reference, old: nil, new: MetricsNamespace.object(namespace)))
        }
        for object in try plan.objects(caBundle: bundle) {
            guard let reference = ObjectReference(object) else { continue }
            if isMissing, reference.namespace == namespace {
                changes.append(try IntendedChange(reference, old: nil, new: object))
                continue
            }
            let applied = try await client.applyWithPorts(
                object, over: live[reference], options: options, server: plan.server)
            let change = try IntendedChange(reference, old: live[reference], new: applied.object)
            if change.old != change.new { changes.append(change) }
        }
        if let budget = try await FormerBudget.read(plan, over: live, client), budget.owner == .kbootstrap {
            changes.append(try IntendedChange(budget.reference, old: budget.live, new: nil))
        }
        return changes
    }
}
