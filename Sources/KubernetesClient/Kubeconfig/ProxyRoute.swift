// SPDX-License-Identifier: Apache-2.0

/// The proxy that requests go through, and who has named it.
struct ProxyRoute: Sendable, Equatable, CustomStringConvertible {
    let url: ServerURL
    /// `proxy-url of cluster 'c' in FILE`, or `$HTTPS_PROXY`.
    let source: String
    /// What to type where it does not do its work.
    let hint: String

    var description: String { "the proxy \(url) (\(source))" }

    /// The default ports are Go's (net/http, x/net/proxy).
    var port: Int {
        switch url.scheme {
        case "http": url.port ?? 80
        case "https": url.port ?? 443
        default: url.port ?? 1080
        }
    }

    private static let schemes: Set = ["http", "https", "socks5", "socks5h"]

    /// The proxy of a cluster's `proxy-url`; unlike the environment's it must have a scheme, and not be `socks5h`.
    init(_ text: String, of cluster: Kubeconfig.Entry) throws(KubeconfigError) {
        guard text.contains("://"), let url = ServerURL(text, schemes: Self.schemes.subtracting(["socks5h"])) else {
            throw KubeconfigError(
                "proxy-url '\(ServerURL.shown(text))' of \(cluster) is not the address of an http, https or socks5 proxy",
                hint: "kubectl config set-cluster \(cluster.name) --proxy-url http://HOST:PORT")
        }
        if let gap = Self.gap(url) {
            throw KubeconfigError(
                "proxy-url '\(url)' of \(cluster) \(gap)",
                hint: "kubectl config set-cluster \(cluster.name) --proxy-url http://HOST:PORT")
        }
        self.url = url
        source = "proxy-url of \(cluster)"
        hint = "nc -vz \(url.host) \(url.port ?? 80)   # does the proxy run? \(cluster) names it as proxy-url"
    }

    /// What AsyncHTTPClient does not speak.
    private static func gap(_ proxy: ServerURL) -> String? {
        switch proxy.scheme {
        case "https": "needs TLS to the proxy, which kbootstrap does not speak"
        case "http": nil
        default: proxy.userInfo == nil ? nil : "has a password for a socks5 proxy, which kbootstrap cannot send"
        }
    }

    private init(_ url: ServerURL, variable: String, server: String) {
        self.url = url
        source = "$\(variable)"
        hint = "echo $\(variable)   # is that proxy right, and does it run? with NO_PROXY=\(server) it is not used"
    }

    /// The proxy that the environment names for a server, as Go takes it (golang.org/x/net/http/httpproxy).
    ///
    /// - Returns: nil for none, for this machine's own addresses and for what `NO_PROXY` lists.
    static func of(
        _ server: ServerURL, environment: [String: String]
    ) throws(KubeconfigError) -> ProxyRoute? {
        func first(_ names: [String]) -> (name: String, value: String)? {
            names.lazy.compactMap { name in
                environment[name].flatMap { $0.isEmpty ? nil : (name, $0) }
            }.first
        }
        let isSecure = server.scheme == "https"
        guard let (name, text) = first(isSecure ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"])
        else { return nil }
        let exceptions = NoProxyList(first(["NO_PROXY", "no_proxy"])?.value ?? "")
        guard !exceptions.leavesOut(server.host, port: server.port ?? (isSecure ? 443 : 80)) else { return nil }
        let whole = text.contains("://") ? text : "http://" + text
        guard let url = ServerURL(whole, schemes: schemes) else {
            throw KubeconfigError(
                "$\(name) '\(ServerURL.shown(text))' is not the address of an http, https or socks5 proxy",
                hint: "export \(name)=http://HOST:PORT")
        }
        if let gap = gap(url) {
            throw KubeconfigError(
                "$\(name) '\(url)' \(gap)", hint: "export \(name)=http://HOST:PORT   # or NO_PROXY=\(server.host)")
        }
        return ProxyRoute(url, variable: name, server: server.host)
    }
}
