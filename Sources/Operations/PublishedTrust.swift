// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
public import PKI

/// What kube-apiservers publish of their requestheader CA: every aggregated server trusts what stands there.
///
/// Each kube-apiserver adds its own CA file to ConfigMap kube-system/extension-apiserver-authentication and never takes
/// anything out but what has expired (k8s.io/kubernetes, cluster_authentication_trust_controller): a new CA appears by
/// itself, an old one stays until it is pruned. It is pruned by a patch. Extension servers follow changes; after a
/// deletion they keep the old trust until they restart (kubernetes/kubernetes#140130).
public struct PublishedTrust: Sendable {
    private let client: APIClient

    public init(client: APIClient) { self.client = client }

    /// What pruning has come to.
    public struct Pruned: Sendable, Equatable {
        /// The subjects of the CAs that were taken out.
        public internal(set) var subjects: [String] = []
        /// How many published CAs cannot be read here. They stay: another program may know their algorithm.
        public internal(set) var unreadable = 0
    }

    private static let reference = ObjectReference(
        .configMaps, namespace: "kube-system", name: "extension-apiserver-authentication")
    static let key = "requestheader-client-ca-file"

    /// Waits until the CA is published.
    ///
    /// - Parameter waiting: told that it is not there yet, with the time so far.
    /// - Throws: `RotationError` after `timeout`.
    public func wait(
        for ca: Certificate, timeout: Duration, waiting: @Sendable (Duration) -> Void
    ) async throws {
        let start = ContinuousClock.now
        while true {
            let object = try await client.get(Self.reference)
            if PublishedCAs(object).contains(ca) { return }
            let elapsed = ContinuousClock.now - start
            guard elapsed < timeout else {
                throw RotationError(
                    description: "\(ca.subject) is not published in ConfigMap \(Self.reference.name) after \(timeout): "
                        + "kube-apiserver has not read the CA file again",
                    hint: "ps -o args= -C kube-apiserver   # is --requestheader-client-ca-file this folder's CA file?")
            }
            waiting(elapsed)
            try await client.waitForChange(of: [object], within: min(timeout - elapsed, .seconds(5)))
        }
    }

    /// What pruning waits for.
    public enum Wait: Sendable {
        /// Another CA is published.
        case published
        /// No other is, and a kube-apiserver may still put one back.
        case putBack
    }

    /// Takes out every CA but these, and sees that no kube-apiserver puts one back.
    ///
    /// - Parameters:
    ///   - timeout: how long another CA may come back; whether one does is seen to the end all the same.
    ///   - waiting: told what is waited for, and for how long by now.
    /// - Throws: `RotationError` where none of these is published, and where others are still there after `timeout`.
    public func prune(
        keeping kept: [Certificate], timeout: Duration, waiting: @Sendable (Wait, Duration) -> Void
    ) async throws -> Pruned {
        let settling = try await Self.settling(client.serverVersion())
        let start = ContinuousClock.now
        var pruned = Pruned()
        var isOvertaken = false
        /// When it is sure that none comes back, once there is none.
        var quiet: ContinuousClock.Instant?
        while true {
            let object = try await client.get(Self.reference)
            let published = PublishedCAs(object)
            let stale = published.certificates(except: kept)
            let elapsed = ContinuousClock.now - start
            guard let first = stale.first else {
                pruned.unreadable = published.unreadable
                let end = quiet ?? .now + settling
                guard ContinuousClock.now < end else { return pruned }
                quiet = end
                waiting(.putBack, elapsed)
                try await client.waitForChange(of: [object], within: min(end - .now, .seconds(3)))
                continue
            }
            quiet = nil
            guard kept.contains(where: published.contains) else {
                throw RotationError.otherCluster(kept, Self.reference)
            }
            guard elapsed < timeout else {
                throw isOvertaken ? RotationError.overtaken(Self.reference) : .returning(first, Self.reference)
            }
            waiting(.published, elapsed)
            isOvertaken = try await !replace(published, keeping: kept)
            if !isOvertaken {
                for subject in stale.map(\.subject) where !pruned.subjects.contains(subject) {
                    pruned.subjects.append(subject)
                }
            }
            try await Task.sleep(for: Self.answering)
        }
    }

    /// How long a kube-apiserver may take to answer a change that it follows.
    private static let answering: Duration = .seconds(3)

    /// How long a kube-apiserver with the old file may take to put its CA back. Since kubernetes/kubernetes#130004, of
    /// 1.33 and of later patches of the releases before it, it follows no change and looks once a minute.
    private static func settling(_ version: ServerVersion) -> Duration {
        version.minor < 30 ? answering : .seconds(65)
    }

    /// Writes the list without the others, where it is still the one that was read: kube-apiservers that differ in other
    /// keys rewrite those in turns (kubernetes/kubernetes#128986).
    ///
    /// - Returns: false where the list has changed meanwhile.
    private func replace(_ published: PublishedCAs, keeping kept: [Certificate]) async throws -> Bool {
        do throws(APIError) {
            let path = JSONValue.string("/data/\(Self.key)")
            _ = try await client.patch(
                Self.reference,
                [
                    ["op": "test", "path": path, "value": .string(published.text)],
                    ["op": "replace", "path": path, "value": .string(published.text(keeping: kept))],
                ], type: .json)
            return true
        } catch {
            // 422: the test has failed. 409: the object changed in every one of the server's own attempts.
            guard error.statusCode == 422 || error.statusCode == 409 else { throw error }
            return false
        }
    }
}

/// A step of a rotation that the cluster does not follow.
public struct RotationError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    public let hint: String?
}

extension RotationError {
    static func otherCluster(_ kept: [Certificate], _ reference: ObjectReference) -> RotationError {
        RotationError(
            description: "nothing was pruned: ConfigMap \(reference.name) does not hold "
                + "\(kept.first?.subject ?? "the CA of this folder")",
            hint: "kubectl config current-context   # is it the cluster of these files?")
    }

    static func returning(_ stale: Certificate, _ reference: ObjectReference) -> RotationError {
        RotationError(
            description: "\(stale.subject) comes back into ConfigMap \(reference.name): "
                + "a kube-apiserver still has it in its CA file",
            hint: "copy the CA file to every control plane, wait a minute, and run this again")
    }

    static func overtaken(_ reference: ObjectReference) -> RotationError {
        RotationError(
            description: "ConfigMap \(reference.name) changes before it can be written: "
                + "kube-apiservers with different CA files rewrite it in turns",
            hint: "copy the CA file to every control plane, wait a minute, and run this again")
    }
}
