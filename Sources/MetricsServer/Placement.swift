// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// A name that no namespace can have.
public struct NamespaceError: Error, Sendable, Equatable, CustomStringConvertible {
    public let name: String

    public var description: String {
        "\"\(name.singleLine)\" cannot be the name of a namespace: at most 63 lowercase letters, digits and dashes"
    }
    public var hint: String? { "kubectl get namespaces" }
}

/// Puts the objects of the base template, which are in kube-system, into another namespace.
struct Placement {
    private let namespace: String

    init(namespace: String) throws(NamespaceError) {
        guard Self.isLabel(Array(namespace.utf8)) else { throw NamespaceError(name: namespace) }
        self.namespace = namespace
    }

    /// The object with its own namespace, its subjects' and its service's changed: whatever names metrics-server.
    func placed(_ base: JSONValue) -> JSONValue {
        guard namespace != MetricsServerManifest.namespace else { return base }
        var object = base
        // It reads ConfigMap extension-apiserver-authentication, which is in kube-system.
        let staysBehind = base["kind"].string == "RoleBinding"
        if base["metadata"]["namespace"] != .null, !staysBehind {
            object["metadata"]["namespace"] = .string(namespace)
        }
        if let subjects = base["subjects"].array {
            object["subjects"] = .array(
                subjects.map { subject in
                    var subject = subject
                    subject["namespace"] = .string(namespace)
                    return subject
                })
        }
        if base["spec"]["service"] != .null { object["spec"]["service"]["namespace"] = .string(namespace) }
        return object
    }

    /// A DNS label (RFC 1123), which is what the API server takes for a namespace.
    private static func isLabel(_ bytes: [UInt8]) -> Bool {
        let dash = UInt8(ascii: "-")
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63, first != dash, last != dash else {
            return false
        }
        return bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == dash }
    }
}
