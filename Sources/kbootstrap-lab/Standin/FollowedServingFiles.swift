// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// The certificate and key files of `--tls-cert-file` and `--tls-private-key-file`, loaded again when they change, as
/// k8s.io/apiserver does (dynamiccertificates, dynamic_serving_content.go).
struct FollowedServingFiles: Sendable {
    let certificateFile: String
    let keyFile: String
    let log: KlogLine

    /// Upstream is told by the kernel of changes, and looks once a minute besides.
    private static let look = Duration.seconds(1)

    /// Returns when both are there.
    func appear() async throws {
        let files = FileManager.default
        while !files.fileExists(atPath: certificateFile) || !files.fileExists(atPath: keyFile) {
            try await Task.sleep(for: Self.look)
        }
    }

    /// Until the task is cancelled.
    /// - Parameter initial: what is served already.
    func follow(from initial: ServingIdentity, show: (ServingIdentity) throws -> Void) async throws {
        var shown = initial
        while true {
            try await Task.sleep(for: Self.look)
            do {
                let read = try ServingIdentity.read(certificateFile: certificateFile, keyFile: keyFile)
                guard read.certificatePEM != shown.certificatePEM || read.keyPEM != shown.keyPEM else { continue }
                try show(read)
                shown = read
                log.structured(
                    .info, "Loaded a new cert/key pair", at: "dynamic_serving_content.go:132",
                    ["name": .text("serving-cert::\(certificateFile)::\(keyFile)")])
            } catch {
                // Half of a change; what is shown stays.
                log.plain(.error, "key failed with : \(error)", at: "dynamic_serving_content.go:164")
            }
        }
    }
}

extension FollowedServingFiles {
    /// A kubelet's, under the names that `kbootstrap kubelet-certs issue` gives them.
    init(kubeletFolder: String, log: KlogLine) {
        self.init(
            certificateFile: "\(kubeletFolder)/kubelet-serving.pem",
            keyFile: "\(kubeletFolder)/kubelet-serving-key.pem", log: log)
    }
}
