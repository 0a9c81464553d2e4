// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The token of auth-provider `oidc` (client-go, plugin/pkg/client/auth/oidc). kubectl renews it and writes it back; here
/// it is used as long as it holds.
enum IDToken {
    /// So long before its end client-go takes it for expired.
    private static let margin: TimeInterval = 10

    /// The id-token that the user's auth-provider has.
    ///
    /// - Parameter isNeeded: false where another credential counts before it; the provider is then checked only.
    /// - Throws: for every other provider, for fields that are missing, and for a token that has expired.
    static func read(_ user: Kubeconfig.Entry, isNeeded: Bool) throws(KubeconfigError) -> Secret? {
        let provider = user.value["auth-provider"]
        let configuration = provider["config"]
        func refusal(_ why: String, hint: String? = nil) -> KubeconfigError {
            KubeconfigError("\(user) uses auth-provider oidc, \(why)", hint: hint ?? "kubectl config view --minify")
        }
        guard provider["name"].string == "oidc" else {
            let name = provider["name"].string ?? ""
            let isName = name.wholeMatch(of: /[a-z][a-z0-9\-]{0,31}/) != nil
            throw KubeconfigError(
                "\(user) uses auth-provider \(isName ? name : "without a known name"), which kubectl does not have",
                hint: successors[name] ?? "use the provider's exec plugin; of auth-providers there is only oidc")
        }
        for field in ["idp-issuer-url", "client-id"] where (configuration[field].string ?? "").isEmpty {
            throw refusal("without \(field)")
        }
        if let data = configuration["idp-certificate-authority-data"].string, StrictBase64.bytes(data) == nil {
            throw refusal("whose idp-certificate-authority-data is not base64")
        }
        guard isNeeded else { return nil }
        guard let token = configuration["id-token"].string, !token.isEmpty else {
            throw refusal("without an id-token; kbootstrap asks no issuer for one", hint: renewal)
        }
        guard let end = expiry(of: token) else { throw refusal("whose id-token is no JSON web token with exp") }
        guard Date().timeIntervalSince1970 + margin < end else {
            throw refusal("whose id-token has expired; kbootstrap does not renew it", hint: renewal)
        }
        return Secret(value: token)
    }

    private static let renewal = "kubectl get --raw /version   # kubectl renews it, and writes it to the kubeconfig"

    private static let successors = [
        "azure": "kubelogin convert-kubeconfig",
        "gcp": "gcloud container clusters get-credentials CLUSTER   # with gke-gcloud-auth-plugin installed",
    ]

    /// In seconds since 1970. The signature is the API server's to verify.
    private static func expiry(of token: String) -> Double? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let standard = parts[1].replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - standard.count % 4) % 4)
        guard let payload = StrictBase64.bytes(standard + padding),
            let claims = try? JSONValue.parse(payload), claims.object != nil
        else { return nil }
        switch claims["exp"] {
        case .int(let seconds): return Double(seconds)
        case .double(let seconds): return seconds
        case .null: return 0
        default: return nil
        }
    }
}
