// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// What kube-apiserver's flag `--enable-aggregator-routing=true` changes for a cluster's APIServices.
public enum RoutingEffects {
    /// The APIServices that it breaks: with it kube-apiserver dials addresses of Services, of which a Service of type
    /// ExternalName has none (k8s.io/apiserver, util/proxy: ResolveEndpoint).
    ///
    /// - Returns: the names of APIServices, in their order.
    /// - Throws: where APIServices or Services cannot be read.
    public static func broken(_ client: APIClient) async throws(APIError) -> [String] {
        var found: [String] = []
        for apiService in try await client.list(.apiServices).items {
            let reference = apiService["spec"]["service"]
            guard let name = reference["name"].string, let namespace = reference["namespace"].string,
                let own = apiService.name
            else { continue }
            do throws(APIError) {
                let service = try await client.get(ObjectReference(.services, namespace: namespace, name: name))
                if service["spec"]["type"].string == "ExternalName" { found.append(own.inOneLine) }
            } catch {
                guard error.isNotFound else { throw error }
            }
        }
        return found.sorted()
    }
}
