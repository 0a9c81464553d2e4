// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// A Service's port that somebody gave another number.
///
/// Server-side apply knows ports by their numbers (`listMapKeys` of ServiceSpec.ports), so the intended one would come
/// beside the moved one, under the same name, which the server refuses without saying whose it is.
public struct MovedPort: Error, Sendable, CustomStringConvertible {
    let reference: ObjectReference
    let name: String
    let number: Int64
    let intended: Int64

    init?(_ object: JSONValue, live: JSONValue) {
        guard let reference = ObjectReference(object), reference.type == .services else { return nil }
        for port in object["spec"]["ports"].array ?? [] {
            guard let number = port["port"].int else { continue }
            let own = live["spec"]["ports"].array?.first { $0["name"] == port["name"] && $0["port"].int != number }
            guard let own, let moved = own["port"].int else { continue }
            self.reference = reference
            self.name = (port["name"].string ?? "").singleLine
            self.number = moved
            self.intended = number
            return
        }
        return nil
    }

    public var description: String {
        "\(reference) listens on \(number) for port \(name), where somebody put it in the place of \(intended)"
    }

    public var hint: String? { "the same with --force-conflicts   # puts it back" }
}

extension APIClient {
    /// Applies an object, and puts moved ports of a Service back first.
    ///
    /// - Throws: `MovedPort` where there is one, and `options` do not force; `APIError`.
    func applyWithPorts(
        _ object: JSONValue, over live: JSONValue?, options: ApplyOptions, server: ServerVersion
    ) async throws -> AppliedObject {
        guard let live, let moved = MovedPort(object, live: live) else {
            return try await apply(object, over: live, options: options, server: server)
        }
        guard options.force else { throw moved }
        let patched = try await patch(
            moved.reference, ["spec": ["ports": object["spec"]["ports"]]], type: .merge,
            query: [("fieldManager", options.fieldManager)], dryRun: options.dryRun)
        guard !options.dryRun else {
            return AppliedObject(reference: moved.reference, outcome: .configured, object: patched)
        }
        // Owned like every other field.
        var claiming = options
        claiming.claims = true
        let applied = try await apply(object, over: patched, options: claiming, server: server)
        return AppliedObject(reference: applied.reference, outcome: .configured, object: applied.object)
    }
}
