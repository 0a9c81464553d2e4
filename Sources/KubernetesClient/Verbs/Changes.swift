// SPDX-License-Identifier: Apache-2.0

extension APIClient {
    /// Returns at the first change of one of these objects since they were read, or after `limit`.
    ///
    /// A watch that is refused costs nothing: the time limit still counts.
    ///
    /// - Throws: `CancellationError` when cancelled.
    public func waitForChange(of objects: [JSONValue], within limit: Duration) async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: limit) }
            for object in objects {
                guard let reference = ObjectReference(object),
                    let version = object["metadata"]["resourceVersion"].string
                else { continue }
                group.addTask { await self.firstChange(of: reference, since: version, within: limit) }
            }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    private func firstChange(of reference: ObjectReference, since version: String, within limit: Duration) async {
        do throws(APIError) {
            try await watch(
                reference.type, namespace: reference.namespace, fieldSelector: "metadata.name=\(reference.name)",
                from: version
            ) { _ in false }
        } catch {
            try? await Task.sleep(for: limit)
        }
    }
}
