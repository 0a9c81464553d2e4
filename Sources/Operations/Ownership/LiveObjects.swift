// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient
internal import MetricsServer

/// The objects of an installation as they are, before anything is written.
struct LiveObjects: Sendable {
    private var objects: [ObjectReference: JSONValue]
    private let order: [ObjectReference]

    /// Reads at once what the plan has not found already.
    static func read(_ plan: InstallationPlan, _ client: APIClient) async throws -> LiveObjects {
        let order = try plan.references()
        var objects: [ObjectReference: JSONValue] = [:]
        for reference in order { objects[reference] = plan.found[reference] }
        try await withThrowingTaskGroup(of: (ObjectReference, JSONValue?).self) { group in
            for reference in order where !plan.found.isRead(reference) {
                group.addTask { (reference, try await Self.existing(reference, client)) }
            }
            for try await (reference, object) in group { objects[reference] = object }
        }
        return LiveObjects(objects: objects, order: order)
    }

    static func existing(_ reference: ObjectReference, _ client: APIClient) async throws -> JSONValue? {
        do throws(APIError) { return try await client.existing(reference) } catch {
            guard error.statusCode == 403, reference.type == .secrets else { throw error }
            throw ServingCertificateError.forbidden(error)
        }
    }

    subscript(_ reference: ObjectReference) -> JSONValue? { objects[reference] }

    /// Those that somebody else keeps, and who.
    var foreign: [(reference: ObjectReference, owner: String)] {
        order.compactMap { reference in
            guard let live = objects[reference], case .other(let owner) = ObjectOwner(live) else { return nil }
            return (reference, owner)
        }
    }

    /// - Throws: `ImmutableSelector`.
    func refuseImmutable(_ intended: [JSONValue]) throws {
        for object in intended {
            guard let live = ObjectReference(object).flatMap({ objects[$0] }),
                let refusal = ImmutableSelector(object, live: live)
            else { continue }
            throw refusal
        }
    }

    /// Takes the marks of others off what they keep, and their labels out of what a Service selects: beside the intended
    /// ones they would leave it without pods.
    ///
    /// - Returns: the objects that were changed by that.
    mutating func adopt(_ intended: [JSONValue], _ client: APIClient) async throws -> Set<ObjectReference> {
        var changed: Set<ObjectReference> = []
        for (reference, _) in foreign {
            guard let live = objects[reference] else { continue }
            var patch = ObjectOwner.withoutMarks(live)?.object ?? [:]
            let object = intended.first { ObjectReference($0) == reference } ?? .null
            if let selector = Self.withoutOtherLabels(live, beside: object) { patch["spec"] = ["selector": selector] }
            guard !patch.isEmpty else { continue }
            objects[reference] = try await client.patch(reference, .object(patch), type: .merge)
            changed.insert(reference)
        }
        return changed
    }

    private static func withoutOtherLabels(_ live: JSONValue, beside object: JSONValue) -> JSONValue? {
        guard ResourceType.of(live) == .services, let wanted = object["spec"]["selector"].object else { return nil }
        let others = (live["spec"]["selector"].object ?? [:]).keys.filter { wanted[$0] == nil }
        guard !others.isEmpty else { return nil }
        // With those that are wanted: there is no moment at which it selects nothing, or everything.
        return .object(wanted.merging(others.map { ($0, .null) }) { own, _ in own })
    }
}

/// Objects of the names that are wanted, kept by somebody else.
public struct ForeignObjectsError: Error, Sendable, CustomStringConvertible {
    let foreign: [(reference: ObjectReference, owner: String)]
    /// Whether it is the serving certificate that was to be renewed.
    let renewsCertificate: Bool

    public var description: String {
        var owners: [String] = []
        for one in foreign where !owners.contains(one.owner) { owners.append(one.owner) }
        let parts = owners.map { owner in
            let names = foreign.filter { $0.owner == owner }.map(\.reference.description)
            return "\(names.joined(separator: ", ")) (\(owner.singleLine))"
        }
        return "nothing was written, because somebody else keeps \(parts.joined(separator: "; "))"
    }

    public var hint: String? {
        renewsCertificate
            ? "kbootstrap install-metrics --serving-cert-only --renew-serving-cert   # leaves them to who keeps them"
            : "kbootstrap install-metrics --diff   # then --adopt takes them over, --serving-cert-only leaves them"
    }
}
