// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KubernetesClient

/// Makes a pod's volumes as folders, as the kubelet does: empty ones, Secrets, ConfigMaps, and the projected tokens of
/// newer servers.
struct PodVolumes: Sendable {
    let folder: String
    let client: APIClient

    /// What the pod's container mounts: a folder each, and where it is to appear.
    func mounts(of pod: StandinPod) async throws -> [(source: String, path: String)] {
        var mounts: [(source: String, path: String)] = []
        for mount in pod.volumeMounts {
            guard let name = mount["name"].string, let path = mount["mountPath"].string,
                let volume = pod.volumes.first(where: { $0["name"].string == name })
            else { continue }
            let source = "\(folder)/\(name)"
            try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
            let files = try await files(volume, pod)
            if volume["secret"] != .null {
                try ProjectedFiles(folder: source).write(files)
            } else {
                for (file, bytes) in files { try Data(bytes).write(to: URL(filePath: "\(source)/\(file)")) }
            }
            mounts.append((source, path))
        }
        return mounts
    }

    /// How soon a changed Secret is in the pod. A kubelet takes up to a minute and a half: tests do not wait so long.
    private static let look = Duration.seconds(2)

    /// Brings changed Secrets into the pod until the task is cancelled.
    func follow(_ pod: StandinPod) async throws {
        while true {
            try await Task.sleep(for: Self.look)
            for volume in pod.volumes {
                guard let name = volume["name"].string, let secret = volume["secret"]["secretName"].string,
                    // The files of a Secret that is gone stay, as the kubelet's do.
                    let files = try? await self.secret(secret, pod)
                else { continue }
                try ProjectedFiles(folder: "\(folder)/\(name)").write(files)
            }
        }
    }

    private func files(_ volume: JSONValue, _ pod: StandinPod) async throws -> [String: [UInt8]] {
        if volume["emptyDir"] != .null { return [:] }
        if let name = volume["secret"]["secretName"].string { return try await secret(name, pod) }
        if let name = volume["configMap"]["name"].string { return try await configMap(name, pod) }
        guard let sources = volume["projected"]["sources"].array else {
            throw LabError("pod \(pod.name): the lab has no volumes of the kind of \(volume["name"].string ?? "")")
        }
        var files: [String: [UInt8]] = [:]
        for source in sources {
            if let path = source["serviceAccountToken"]["path"].string {
                files[path] = Array(try await token(pod).utf8)
            } else if let name = source["configMap"]["name"].string {
                files.merge(try await configMap(name, pod)) { $1 }
            } else {
                // The kubelet's downward API; a service account's volume asks it for the namespace alone.
                for item in source["downwardAPI"]["items"].array ?? [] {
                    if let path = item["path"].string { files[path] = Array(pod.namespace.utf8) }
                }
            }
        }
        return files
    }

    private func secret(_ name: String, _ pod: StandinPod) async throws -> [String: [UInt8]] {
        let secret = try await client.get(ObjectReference(.secrets, namespace: pod.namespace, name: name))
        return (secret["data"].object ?? [:]).compactMapValues { value in
            value.string.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        }
    }

    private func configMap(_ name: String, _ pod: StandinPod) async throws -> [String: [UInt8]] {
        let map = try await client.get(ObjectReference(.configMaps, namespace: pod.namespace, name: name))
        return (map["data"].object ?? [:]).compactMapValues { $0.string.map { Array($0.utf8) } }
    }

    /// A token of the pod's service account that ends with the pod, or after a day: longer than any lab.
    private func token(_ pod: StandinPod) async throws -> String {
        let account = ObjectReference(.serviceAccounts, namespace: pod.namespace, name: pod.serviceAccount)
        let answer = try await client.raw(
            .post, account.path + "/token",
            body: [
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                "spec": [
                    "expirationSeconds": 86400,
                    "boundObjectRef": [
                        "apiVersion": "v1", "kind": "Pod", "name": .string(pod.name), "uid": .string(pod.uid),
                    ],
                ],
            ])
        guard let token = try JSONValue.parse(answer.body)["status"]["token"].string else {
            throw LabError("pod \(pod.name): no token for service account \(pod.serviceAccount): HTTP \(answer.status)")
        }
        return token
    }
}
