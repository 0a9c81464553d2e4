// SPDX-License-Identifier: Apache-2.0

/// The certificate and key files of `--tls-cert-file` and `--tls-private-key-file`, loaded again when they change, as
/// k8s.io/apiserver does (dynamiccertificates, dynamic_serving_content.go).
struct FollowedServingFiles: Sendable {
    let certificateFile: String
    let keyFile: String
    let log: KlogLine

    /// Upstream is told by the kernel of changes, and looks once a minute besides.
    private static let look = Duration.seconds(1)

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
