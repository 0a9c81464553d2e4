// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient
public import MetricsServer

/// What is to be installed, on what server, in place of what.
public struct InstallationPlan: Sendable {
    /// With the serving certificate's CA left open.
    public let options: MetricsServerOptions
    public let server: ServerVersion
    /// What is there already, as far as it was read.
    public let found: InstalledPlace

    public init(options: MetricsServerOptions, server: ServerVersion, found: InstalledPlace) {
        (self.options, self.server, self.found) = (options, server, found)
    }

    /// The APIService as it is; nil where there is none.
    var apiService: JSONValue? { found.apiService }

    /// The same with the workload changed.
    public func with(_ workload: WorkloadOptions) -> InstallationPlan {
        var options = options
        options.workload = workload
        return InstallationPlan(options: options, server: server, found: found)
    }

    /// The Deployment's reference.
    var deployment: ObjectReference {
        ObjectReference(.deployments, namespace: options.namespace, name: MetricsServerManifest.deployment.name)
    }

    /// What becomes of the image that runs now; nil where it stays, or there is none.
    func imageChange(from live: LiveObjects) -> String? {
        let containers = live[deployment]?["spec"]["template"]["spec"]["containers"].array ?? []
        let container = containers.first { $0["name"].string == "metrics-server" } ?? containers.first
        let image = MetricsServerManifest(options).image
        guard let former = container?["image"].string, former != image else { return nil }
        return "image \(former.singleLine) is replaced by \(image): "
            + (options.workload.blocksItself
                ? "the node's port is free only when the former pod has ended, and metrics pause until then"
                : "the former pod serves until the new one is ready")
    }

    var isVerified: Bool { options.serving != .selfSigned }

    /// All objects that there will be.
    public func references() throws -> [ObjectReference] {
        let objects = try MetricsServerManifest(options).objects().compactMap(ObjectReference.init)
        return isVerified ? [ServingMode.secret(in: options.namespace)] + objects : objects
    }

    /// The APIService as it is while nothing behind it can be verified.
    func unverifiedAPIService(or object: JSONValue) throws -> JSONValue {
        var options = options
        options.serving = .selfSigned
        let own = try MetricsServerManifest(options).objects()
            .first { ObjectReference($0) == MetricsServerManifest.apiService }
        return own.map { ObjectOwner.marked($0, on: server) } ?? object
    }

    /// The objects as they are written, with the CA that the APIService is to trust.
    func objects(caBundle: String?) throws -> [JSONValue] {
        var options = options
        if isVerified { options.serving = .verified(caBundle: caBundle) }
        return try MetricsServerManifest(options).objects().map { ObjectOwner.marked($0, on: server) }
    }
}

/// How it is installed.
public struct InstallationSettings: Sendable {
    let apply: ApplyOptions
    let createsNamespace: Bool
    let certificateDays: Int
    let renewsCertificate: Bool
    let handOver: Duration?
    private let adopts: Bool

    /// Whether objects that somebody else keeps become kbootstrap's: who takes single fields over takes these, too.
    var takesOver: Bool { adopts || apply.force }

    /// What is taken over is taken with all that others own in it, and named as its keeper from then on.
    func apply(of reference: ObjectReference, _ adopted: Set<ObjectReference>) -> ApplyOptions {
        var options = apply
        if adopted.contains(reference) { (options.force, options.claims) = (true, true) }
        return options
    }

    /// - Parameters:
    ///   - certificateDays: how long a new serving certificate lasts.
    ///   - renewsCertificate: make one although the present one is good.
    ///   - handOver: how long pods may take before an unverified APIService is made to verify them; nil not to wait.
    ///   - adopts: take over objects that somebody else keeps.
    public init(
        apply: ApplyOptions, createsNamespace: Bool, certificateDays: Int, renewsCertificate: Bool, handOver: Duration?,
        adopts: Bool
    ) {
        self.adopts = adopts
        (self.apply, self.createsNamespace, self.handOver) = (apply, createsNamespace, handOver)
        (self.certificateDays, self.renewsCertificate) = (certificateDays, renewsCertificate)
    }
}
