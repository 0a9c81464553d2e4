// SPDX-License-Identifier: Apache-2.0

/// How objects are applied.
public struct ApplyOptions: Sendable {
    /// Who owns the fields: server-side apply keeps this name beside each.
    public var fieldManager: String
    /// Take over fields that others own.
    public var force: Bool
    /// Have the server do everything but keep the result.
    public var dryRun: Bool
    /// Write even where nothing differs, so that the server names this manager beside the fields.
    public var claims = false

    /// The usual: as kbootstrap, without force, for good.
    public init(fieldManager: String = "kbootstrap", force: Bool = false, dryRun: Bool = false) {
        self.fieldManager = fieldManager
        self.force = force
        self.dryRun = dryRun
    }
}

/// What applying an object came to.
public struct AppliedObject: Sendable {
    /// What became of the object, in kubectl's words.
    public enum Outcome: String, Sendable { case created, configured, unchanged }

    /// Which object.
    public let reference: ObjectReference
    /// What became of it.
    public let outcome: Outcome
    /// The object as the server has it now.
    public let object: JSONValue

    /// What an apply came to that was made elsewhere.
    public init(reference: ObjectReference, outcome: Outcome, object: JSONValue) {
        self.reference = reference
        self.outcome = outcome
        self.object = object
    }
}

extension ServerVersion {
    /// Apply is beta, and on for built-in types, from 1.16; APIServices are served by another library.
    public var appliesAPIServices: Bool { (major, minor) >= (1, 22) }
}

extension APIClient {
    /// Brings an object to what is intended: one read, and at most one write.
    ///
    /// Where the server holds all that is intended already, and this manager owns nothing beyond it, nothing is
    /// written. APIServices of servers that serve no apply for them (before 1.22: the request ends in a panic there,
    /// seen as a broken connection) are created, or merge-patched.
    ///
    /// - Throws: a conflict names each field and the manager who owns it.
    public func apply(
        _ object: JSONValue, options: ApplyOptions = ApplyOptions(), server: ServerVersion
    ) async throws(APIError) -> AppliedObject {
        let reference = try reference(of: object)
        return try await apply(object, over: try await existing(reference), options: options, server: server)
    }

    /// The same for an object that was read just now: at most one write, and no read.
    ///
    /// - Parameter live: nil where there is none.
    public func apply(
        _ object: JSONValue, over live: JSONValue?, options: ApplyOptions = ApplyOptions(), server: ServerVersion
    ) async throws(APIError) -> AppliedObject {
        let reference = try reference(of: object)
        if !options.claims, let live, Intention(object).isMet(by: Self.complete(live), manager: options.fieldManager) {
            return AppliedObject(reference: reference, outcome: .unchanged, object: live)
        }
        let written: JSONValue
        if reference.type == .apiServices, !server.appliesAPIServices {
            written =
                live == nil
                ? try await create(object, dryRun: options.dryRun)
                : try await patch(
                    reference, Self.merging(object, into: live ?? .null), type: .merge, dryRun: options.dryRun)
        } else {
            written = try await patch(
                reference, object, type: .apply,
                query: [("fieldManager", options.fieldManager), ("force", options.force ? "true" : "false")],
                dryRun: options.dryRun)
        }
        let isSame =
            live.map { $0["metadata"]["resourceVersion"] == written["metadata"]["resourceVersion"] } ?? false
        return AppliedObject(
            reference: reference,
            outcome: live == nil ? .created : (isSame && !options.dryRun ? .unchanged : .configured),
            object: written)
    }

    /// The object with what an APIService leaves unsaid: a false insecureSkipTLSVerify.
    private static func complete(_ live: JSONValue) -> JSONValue {
        guard ResourceType.of(live) == .apiServices, live["spec"]["insecureSkipTLSVerify"] == .null else {
            return live
        }
        var live = live
        live["spec"]["insecureSkipTLSVerify"] = .bool(false)
        return live
    }

    /// A merge patch that also takes away what the live spec has beyond the intended one, such as a caBundle.
    private static func merging(_ object: JSONValue, into live: JSONValue) -> JSONValue {
        guard var members = object.object, var spec = object["spec"].object else { return object }
        for key in live["spec"].object?.keys.filter({ spec[$0] == nil }) ?? [] { spec[key] = .null }
        members["spec"] = .object(spec)
        return .object(members)
    }

    /// The object, or nil where there is none.
    public func existing(_ reference: ObjectReference) async throws(APIError) -> JSONValue? {
        do throws(APIError) { return try await get(reference) } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }
}
