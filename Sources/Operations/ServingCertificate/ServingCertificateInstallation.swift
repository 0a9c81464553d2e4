// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import KubernetesClient
internal import MetricsServer
internal import PKI
internal import Verification

/// Keeps metrics-server's serving certificate, in its Secret, and the CAs that the APIService trusts it by.
///
/// The order is what keeps requests from failing while a certificate is renewed: first the caBundle gets the new CA
/// beside the old one, then the Secret the new certificate, which the kubelet brings to the pod within about a minute
/// and metrics-server loads by itself. The old CA leaves the caBundle in a later run, once nobody serves with it.
public struct ServingCertificateInstallation: Sendable {
    /// What is being done, for whoever watches.
    public enum Step: Sendable {
        case applied(AppliedObject)
        /// A new certificate is made, and why.
        case renewing(String)
        /// API servers get that long to see the caBundle.
        case settling(Duration)
        /// The old CA stays in the caBundle, because a pod may still serve with it.
        case overlapping
    }

    private let client: APIClient
    private let server: ServerVersion
    private let options: ApplyOptions
    private let namespace: String
    private let days: Int
    private let othersAPIService: Bool

    /// - Parameters:
    ///   - namespace: metrics-server's.
    ///   - days: how long a new certificate lasts.
    ///   - othersAPIService: whether somebody else keeps the APIService, of which the caBundle alone is written then.
    public init(
        client: APIClient, server: ServerVersion, options: ApplyOptions, namespace: String, days: Int,
        othersAPIService: Bool = false
    ) {
        (self.client, self.server, self.options) = (client, server, options)
        (self.namespace, self.days, self.othersAPIService) = (namespace, days, othersAPIService)
    }

    /// API servers learn of a changed APIService through a watch, well within a second each; a pod can serve with the
    /// new certificate as soon as its Secret is written, so this leaves room for a slow one.
    var settling = Duration.seconds(5)

    /// A kubelet brings a changed Secret to its pods within its sync period and cache, about a minute, and
    /// metrics-server looks at its files once a minute: after this many seconds all that run serve with it.
    private static let propagation: TimeInterval = 3600

    /// The caBundle of an APIService that leads to metrics-server in `namespace`, as PEM; nil where there is none.
    public static func caBundle(of apiService: JSONValue?, namespace: String) -> String? {
        TrustedBundle(apiService, namespace: namespace).text
    }

    /// Sees to it that the Secret holds a good certificate, and that nothing served up to now stops being trusted.
    ///
    /// - Parameters:
    ///   - secret: as it is; nil where there is none.
    ///   - live: the APIService as it is.
    ///   - renewing: make a new certificate although the present one is good.
    /// - Returns: the caBundle that belongs to it, as PEM.
    public func prepare(
        secret: JSONValue?, apiService live: JSONValue?, renewing: Bool, told: @Sendable (Step) -> Void
    ) async throws -> String {
        let kept = KeptServingCertificate(secret, namespace: namespace)
        let bundle = TrustedBundle(live, namespace: namespace)
        if !renewing, kept.flaw == nil, let authority = kept.authority {
            if options.claims, let secret { try await write(secret["data"], over: secret, told) }
            return try await trusted(authority, since: kept.notBefore, bundle, told)
        }
        if secret != nil { told(.renewing(kept.flaw ?? "as asked for")) }
        let minted = try MintedServingCertificate.make(namespace: namespace, days: days)
        let authorities = try Certificate.read(pem: Array(minted.authority.utf8))
        let former = (kept.authority.map { [$0] } ?? [])
        let union = bundle.adding(former + authorities)
        if let live, bundle.text != nil { try await overlap(live, union, told) }
        try await write(minted.secretData, over: secret, told)
        return union
    }

    private func write(_ data: JSONValue, over secret: JSONValue?, _ told: @Sendable (Step) -> Void) async throws {
        let object = Self.object(ServingMode.secret(in: namespace), data)
        let written = try await permitted { () async throws(APIError) in
            try await client.apply(object, over: secret, options: options, server: server)
        }
        told(.applied(written))
    }

    /// The bundle that goes with a certificate which is good: its CA, and whatever may still be served.
    private func trusted(
        _ authority: Certificate, since notBefore: Date?, _ bundle: TrustedBundle, _ told: @Sendable (Step) -> Void
    ) async throws -> String {
        // One that does not have the CA verifies nothing that is served: it is another's.
        guard let text = bundle.text, bundle.contains(authority), bundle.certificates != [authority] else {
            return authority.pem
        }
        let age = notBefore.map { Date().timeIntervalSince($0) - CertificateProfile.backdating } ?? 0
        if try await isServed(authority, age: age) { return authority.pem }
        told(.overlapping)
        return text
    }

    /// Whether every backend serves with a certificate of `authority`: seen from here, or, where backends cannot be
    /// seen, by the time that has gone by.
    private func isServed(_ authority: Certificate, age: TimeInterval) async throws -> Bool {
        let backends: Backends
        do throws(APIError) {
            backends = try await Backends.of(MetricsServerManifest.apiService.name, client: client)
        } catch { return age > Self.propagation }
        var allSeen = !backends.backends.isEmpty
        for backend in backends.backends {
            try Task.checkCancellation()
            switch await backends.serves(backend, trusting: authority.pem) {
            case true: continue
            case false: return false
            case nil: allSeen = false
            }
        }
        return allSeen || age > Self.propagation
    }

    private func overlap(_ live: JSONValue, _ union: String, _ told: @Sendable (Step) -> Void) async throws {
        told(
            .applied(
                othersAPIService
                    ? try await CABundleField(union).write(over: live, client, options, server)
                    : try await client.apply(Self.trusting(union, live), options: options, server: server)))
        guard !options.dryRun else { return }
        told(.settling(settling))
        try await Task.sleep(for: settling)
    }

    private static func trusting(_ union: String, _ live: JSONValue) -> JSONValue {
        var apiService: JSONValue = [
            "apiVersion": live["apiVersion"], "kind": live["kind"],
            "metadata": [
                "name": live["metadata"]["name"], "labels": ["k8s-app": "metrics-server"],
                // Two that renew at once would each take the other's CA away.
                "resourceVersion": live["metadata"]["resourceVersion"],
            ],
            "spec": live["spec"],
        ]
        apiService["spec"]["caBundle"] = .string(Data(union.utf8).base64EncodedString())
        apiService["spec"]["insecureSkipTLSVerify"] = .bool(false)
        apiService["spec"]["service"]["port"] = .null
        return apiService
    }

    private static func object(_ reference: ObjectReference, _ data: JSONValue) -> JSONValue {
        [
            "apiVersion": .string(reference.type.apiVersion), "kind": .string(reference.type.kind),
            "metadata": [
                "name": .string(reference.name), "namespace": .string(reference.namespace ?? ""),
                "labels": ["k8s-app": "metrics-server"],
            ],
            "type": "kubernetes.io/tls", "data": data,
        ]
    }

    private func permitted<R>(_ ask: () async throws(APIError) -> R) async throws -> R {
        do throws(APIError) { return try await ask() } catch {
            guard error.statusCode == 403 else { throw error }
            throw ServingCertificateError.forbidden(error)
        }
    }
}
