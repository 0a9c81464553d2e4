// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// Who keeps an object as it is, by the marks that installers leave on theirs.
public enum ObjectOwner: Sendable, Equatable {
    case kbootstrap
    /// Somebody else, in words.
    case other(String)

    public init(_ live: JSONValue) {
        let metadata = live["metadata"]
        let labels = metadata["labels"].object ?? [:]
        let annotations = metadata["annotations"].object ?? [:]
        if labels["app.kubernetes.io/managed-by"]?.string == "Helm" {
            let release = annotations["meta.helm.sh/release-name"]?.string
            self = .other("Helm" + (release.map { ", release \($0.singleLine)" } ?? ""))
        } else if labels["objectset.rio.cattle.io/hash"] != nil {
            // k3s's and rke2's deploy controller (rancher/wrangler, pkg/apply).
            self = .other("k3s or rke2, which brings it back from its manifests folder")
        } else if labels["addonmanager.kubernetes.io/mode"] != nil {
            self = .other("Kubernetes' addon manager, which brings it back")
        } else if let service = Self.otherService(live) {
            self = .other("Service \(service), which it points at")
        } else if metadata["managedFields"] == .null,
            annotations["kubectl.kubernetes.io/last-applied-configuration"] != nil
        {
            self = .other("kubectl apply")
        } else {
            let managers = (metadata["managedFields"].array ?? []).compactMap { $0["manager"].string }
            // kbootstrap-serving-cert, too, which keeps one field of what is another's.
            let others = managers.filter { !$0.hasPrefix("kube-") && !$0.hasPrefix(Self.ownManager) }
            let isMarked = annotations[Self.mark]?.string == Self.ownManager
            self =
                isMarked || managers.contains(Self.ownManager)
                ? .kbootstrap
                : .other(others.first.map { "field manager \($0.singleLine)" } ?? "nobody that left a name")
        }
    }

    /// The object as kbootstrap writes it. An APIService carries no managers before 1.22, so there it gets a mark of
    /// its own; what is printed never has it.
    public static func marked(_ object: JSONValue, on server: ServerVersion) -> JSONValue {
        guard ResourceType.of(object) == .apiServices, !server.appliesAPIServices else { return object }
        var object = object
        object["metadata"]["annotations"][mark] = .string(ownManager)
        return object
    }

    private static let mark = "kbootstrap.dev/field-manager"

    /// The merge patch that takes other installers' marks off an object; nil where it bears none.
    public static func withoutMarks(_ live: JSONValue) -> JSONValue? {
        let metadata = live["metadata"]
        func marked(_ key: String) -> Bool {
            ["objectset.rio.cattle.io/", "meta.helm.sh/", "addonmanager.kubernetes.io/"].contains(where: key.hasPrefix)
                || ["app.kubernetes.io/managed-by", "kubectl.kubernetes.io/last-applied-configuration"].contains(key)
        }
        let fields = ["labels", "annotations"].compactMap { field -> (String, JSONValue)? in
            let keys = (metadata[field].object ?? [:]).keys.filter(marked)
            // Built as it is: setting a member to null would leave it out.
            return keys.isEmpty
                ? nil : (field, .object(Dictionary(uniqueKeysWithValues: keys.map { ($0, JSONValue.null) })))
        }
        guard !fields.isEmpty else { return nil }
        return .object(["metadata": .object(Dictionary(uniqueKeysWithValues: fields))])
    }

    /// The Service that an APIService points at, such as prometheus-adapter's; nil for metrics-server, and other objects.
    private static func otherService(_ live: JSONValue) -> String? {
        guard live["kind"].string == "APIService", let name = live["spec"]["service"]["name"].string,
            name != "metrics-server"
        else { return nil }
        return "\(live["spec"]["service"]["namespace"].string ?? "")/\(name)".singleLine
    }

    /// `ApplyOptions`' default, and what the server makes of the User-Agent where apply is not served.
    private static let ownManager = "kbootstrap"
}
