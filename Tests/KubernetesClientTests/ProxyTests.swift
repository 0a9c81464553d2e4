// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KubernetesClient

/// Which proxy requests go through: expected is what Go's httpproxy says.
@Suite struct ProxyTests {
    @Test(
        "NO_PROXY",
        arguments: [
            ("", "api.example", 443, false), ("*", "api.example", 443, true), ("example", "api.example", 443, true),
            (".example", "api.example", 443, true), (".example", "example", 443, false),
            ("example", "example", 443, true),
            ("*.example", "api.example", 443, true), ("*.example", "example", 443, false),
            ("EXAMPLE", "Api.Example", 443, true),
            ("pi.example", "api.example", 443, false), ("api.example:443", "api.example", 443, true),
            ("api.example:6443", "api.example", 443, false), ("a , api.example , b", "api.example", 443, true),
            ("10.0.0.0/8", "10.1.2.3", 6443, true), ("10.0.0.0/9", "10.200.2.3", 6443, false),
            ("10.1.2.3", "10.1.2.3", 6443, true),
            ("10.1.2.3:1", "10.1.2.3", 6443, false), ("fd00::/8", "fd00::1", 6443, true),
            ("[fd00::1]:6443", "fd00::1", 6443, true),
            ("::ffff:10.1.2.3", "10.1.2.3", 443, true), (":443", "api.example", 443, false),
            ("api.example:", "api.example", 443, true),
            ("", "localhost", 443, true), ("", "127.9.9.9", 443, true), ("", "::1", 443, true),
            ("10.0.0.0/33", "10.1.2.3", 1, false),
        ])
    func exceptions(_ list: String, _ host: String, _ port: Int, _ expected: Bool) {
        #expect(NoProxyList(list).leavesOut(host, port: port) == expected)
    }

    @Test(
        "the environment's proxy",
        arguments: [
            ("https://api.example", ["HTTPS_PROXY": "http://p:1"], "http://p:1"),
            ("https://api.example", ["https_proxy": "p:1"], "http://p:1"),
            ("https://api.example", ["HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:1"], "http://a:1"),
            ("https://api.example", ["HTTP_PROXY": "http://p:1"], nil),
            ("http://api.example", ["HTTP_PROXY": "http://p:1"], "http://p:1"),
            ("https://api.example", ["HTTPS_PROXY": "socks5://p"], "socks5://p"),
            ("https://api.example", ["ALL_PROXY": "http://p:1"], nil),
            ("https://api.example", ["HTTPS_PROXY": "http://u:s3cret@p:1"], "http://p:1"),
            ("https://127.0.0.1:6443", ["HTTPS_PROXY": "http://p:1"], nil),
            ("https://api.example", ["HTTPS_PROXY": "http://p:1", "no_proxy": "example"], nil),
        ] as [(String, [String: String], String?)])
    func environment(_ server: String, _ variables: [String: String], _ expected: String?) throws {
        let route = try ProxyRoute.of(try ClusterConnection.url(server), environment: variables)
        #expect(route.map { "\($0.url)" } == expected)
    }

    @Test(
        "a proxy that cannot be used is refused, without its password",
        arguments: ["https://u:s3cret@p:1", "socks5://u:s3cret@p", "ftp://u:s3cret@p", "http://u:s3cret@p:99999"])
    func refusals(_ proxy: String) throws {
        let error = #expect(throws: KubeconfigError.self) {
            try ProxyRoute.of(try ClusterConnection.url("https://api.example"), environment: ["HTTPS_PROXY": proxy])
        }
        #expect(
            error?.description.hasPrefix("$HTTPS_PROXY ") == true
                && "\(String(describing: error))".contains("s3cret") == false)
    }
}
