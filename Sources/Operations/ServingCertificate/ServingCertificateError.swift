// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// Why metrics-server gets no serving certificate.
public enum ServingCertificateError: Error, Sendable, CustomStringConvertible {
    /// The caller may not read or write the Secret.
    case forbidden(APIError)
    /// The Secret is somebody else's: its name, and whose it is.
    case taken(String, owner: String)

    public var description: String {
        switch self {
        case .forbidden(let error): "the serving certificate needs a Secret: \(error)"
        case .taken(let name, let owner): "Secret \(name) belongs to \(owner.escapingControls)"
        }
    }

    public var hint: String? {
        switch self {
        case .forbidden:
            "kbootstrap install-metrics --serving-cert self-signed   # needs none; kube-apiserver verifies nothing then"
        case .taken(let name, _): "kubectl get secret \(name.split(separator: "/").last ?? "") -o yaml   # whose is it?"
        }
    }
}
