// SPDX-License-Identifier: Apache-2.0

/// A kind of object, as the API's paths call it.
public struct ResourceType: Sendable, Hashable {
    /// Empty for the core group.
    public let group: String
    /// Such as `v1beta1`.
    public let version: String
    /// Such as `deployments`: what paths have.
    public let plural: String
    /// Such as `Deployment`: what objects have.
    public let kind: String
    /// Whether its objects are in namespaces.
    public let isNamespaced: Bool

    /// A type that is not among the ones below.
    public init(group: String, version: String, plural: String, kind: String, isNamespaced: Bool) {
        self.group = group
        self.version = version
        self.plural = plural
        self.kind = kind
        self.isNamespaced = isNamespaced
    }

    /// What is long in nodes and pods, and judged by nothing.
    public static let bulk: Set = ["managedFields", "images", "annotations", "nodeInfo", "volumeMounts", "volumes"]

    /// The media type of a list that has of each object its metadata only; what does not know it answers whole objects.
    public static let metadataOnly =
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"

    private static func core(_ plural: String, _ kind: String, namespaced: Bool = true) -> ResourceType {
        ResourceType(group: "", version: "v1", plural: plural, kind: kind, isNamespaced: namespaced)
    }

    private static func rbac(_ plural: String, _ kind: String, namespaced: Bool) -> ResourceType {
        ResourceType(
            group: "rbac.authorization.k8s.io", version: "v1", plural: plural, kind: kind, isNamespaced: namespaced)
    }

    public static let configMaps = core("configmaps", "ConfigMap")
    public static let endpoints = core("endpoints", "Endpoints")
    /// Since Kubernetes 1.21.
    public static let endpointSlices = ResourceType(
        group: "discovery.k8s.io", version: "v1", plural: "endpointslices", kind: "EndpointSlice", isNamespaced: true)
    public static let events = core("events", "Event")
    public static let namespaces = core("namespaces", "Namespace", namespaced: false)
    public static let nodes = core("nodes", "Node", namespaced: false)
    public static let pods = core("pods", "Pod")
    public static let secrets = core("secrets", "Secret")
    public static let serviceAccounts = core("serviceaccounts", "ServiceAccount")
    public static let services = core("services", "Service")
    public static let clusterRoles = rbac("clusterroles", "ClusterRole", namespaced: false)
    public static let clusterRoleBindings = rbac("clusterrolebindings", "ClusterRoleBinding", namespaced: false)
    public static let roles = rbac("roles", "Role", namespaced: true)
    public static let roleBindings = rbac("rolebindings", "RoleBinding", namespaced: true)
    public static let deployments = ResourceType(
        group: "apps", version: "v1", plural: "deployments", kind: "Deployment", isNamespaced: true)
    public static let apiServices = ResourceType(
        group: "apiregistration.k8s.io", version: "v1", plural: "apiservices", kind: "APIService", isNamespaced: false)
    public static let certificateSigningRequests = ResourceType(
        group: "certificates.k8s.io", version: "v1", plural: "certificatesigningrequests",
        kind: "CertificateSigningRequest", isNamespaced: false)
    /// In the version that every server has; conditions are an annotation there.
    public static let autoscalers = ResourceType(
        group: "autoscaling", version: "v1", plural: "horizontalpodautoscalers", kind: "HorizontalPodAutoscaler",
        isNamespaced: true)
    public static let disruptionBudgets = ResourceType(
        group: "policy", version: "v1", plural: "poddisruptionbudgets", kind: "PodDisruptionBudget",
        isNamespaced: true)
    /// What Kubernetes serves before 1.21, and no longer from 1.25.
    public static let betaDisruptionBudgets = ResourceType(
        group: "policy", version: "v1beta1", plural: "poddisruptionbudgets", kind: "PodDisruptionBudget",
        isNamespaced: true)

    private static let known = [
        configMaps, endpoints, events, namespaces, nodes, pods, secrets, serviceAccounts, services, clusterRoles,
        clusterRoleBindings, roles, roleBindings, deployments, apiServices, certificateSigningRequests,
        autoscalers, disruptionBudgets, betaDisruptionBudgets,
    ]

    /// The type that an object's `apiVersion` and `kind` name; nil for one that this client does not know.
    public static func of(_ object: JSONValue) -> ResourceType? {
        known.first { object["apiVersion"].string == $0.apiVersion && object["kind"].string == $0.kind }
    }

    /// An object with the `apiVersion` and `kind` that items of a list lack.
    func naming(_ item: JSONValue) -> JSONValue {
        var object = item
        object["apiVersion"] = .string(apiVersion)
        object["kind"] = .string(kind)
        return object
    }

    /// `v1`, `apps/v1`.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The path of the collection.
    ///
    /// - Parameter namespace: nil for all namespaces, or for a type without them.
    public func path(namespace: String?) -> String {
        let base = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        guard isNamespaced, let namespace else { return "\(base)/\(plural)" }
        return "\(base)/namespaces/\(namespace.pathSegment)/\(plural)"
    }
}

/// One object by its name.
public struct ObjectReference: Sendable, Hashable, CustomStringConvertible {
    /// What kind of object.
    public let type: ResourceType
    /// Nil for a type without namespaces.
    public let namespace: String?
    /// `metadata.name`, not encoded.
    public let name: String

    /// A reference by name.
    ///
    /// - Parameter namespace: passed over for a type without namespaces.
    public init(_ type: ResourceType, namespace: String? = nil, name: String) {
        self.type = type
        self.namespace = type.isNamespaced ? namespace : nil
        self.name = name
    }

    /// The reference of an object; nil where its type is not known or it has no name.
    public init?(_ object: JSONValue) {
        guard let type = ResourceType.of(object), let name = object.name else { return nil }
        self.init(type, namespace: object["metadata"]["namespace"].string, name: name)
    }

    /// The path of the object, its names encoded.
    public var path: String { "\(type.path(namespace: namespace))/\(name.pathSegment)" }

    /// As kubectl names it: `deployment.apps/metrics-server`.
    public var description: String {
        type.kind.lowercased() + (type.group.isEmpty ? "" : ".\(type.group)") + "/\(name)"
    }
}

extension String {
    /// The text as one segment of a path (RFC 3986, section 3.3): names may hold colons, never slashes.
    var pathSegment: String { percentEncoded(keeping: "-._~:@!$&'()*+,;=") }

    /// The text as the value of a query.
    var queryValue: String { percentEncoded(keeping: "-._~:@!$'()*,;/") }

    func percentEncoded(keeping: String) -> String {
        var encoded = ""
        for byte in utf8 {
            let isAlphanumeric =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            if isAlphanumeric || keeping.utf8.contains(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}
