// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// Why metrics-server gets no serving certificate.
public enum ServingCertificateError: Error, Sendable, CustomStringConvertible {
    /// The caller may not read or write the Secret.
    case forbidden(APIError)

    public var description: String {
        switch self {
        case .forbidden(let error): "the serving certificate needs a Secret: \(error)"
        }
    }

    public var hint: String? {
        "kbootstrap install-metrics --serving-cert self-signed   # needs none; kube-apiserver verifies nothing then"
    }
}
