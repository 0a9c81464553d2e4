// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient
internal import MetricsServer

/// The PodDisruptionBudget of an installation of two replicas, where the next one wants a single replica: it would hold
/// up every drain of the node that this one runs on.
struct FormerBudget: Sendable {
    let reference: ObjectReference
    let live: JSONValue

    /// Where it would be; nil where the plan has one itself.
    static func reference(_ plan: InstallationPlan) -> ObjectReference? {
        guard !plan.options.workload.highAvailability else { return nil }
        return ObjectReference(
            plan.options.workload.hasPolicyV1 ? .disruptionBudgets : .betaDisruptionBudgets,
            namespace: plan.options.namespace, name: MetricsServerManifest.deployment.name)
    }

    /// nil where there is none, or one is wanted. Where no Deployment is, an installation has left nothing, and nothing
    /// is asked.
    static func read(
        _ plan: InstallationPlan, over objects: LiveObjects, _ client: APIClient
    ) async throws(APIError) -> FormerBudget? {
        let deployment = ObjectReference(
            .deployments, namespace: plan.options.namespace, name: MetricsServerManifest.deployment.name)
        guard objects[deployment] != nil, let reference = reference(plan),
            let live = try await client.existing(reference)
        else { return nil }
        return FormerBudget(reference: reference, live: live)
    }

    var owner: ObjectOwner { ObjectOwner(live) }

    /// Deletes it where kbootstrap made it; another's is named and stays.
    func remove(_ client: APIClient, dryRun: Bool) async throws(APIError) -> InstallationStep {
        if case .other(let owner) = owner {
            return .note("\(reference) stays, though this installation has none: it belongs to \(owner)")
        }
        do throws(APIError) {
            // By its identity: one that was made anew meanwhile is not the one that was looked at.
            if !dryRun { try await client.delete(reference, uid: live["metadata"]["uid"].string) }
        } catch { guard error.isNotFound else { throw error } }
        return .deleted(reference)
    }
}
