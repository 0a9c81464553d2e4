// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import PKI

/// Whom an extension API server believes, as kube-apiserver publishes it in the ConfigMap
/// kube-system/extension-apiserver-authentication.
struct ClusterTrust: Sendable, Equatable {
    static let configMap = ObjectReference(
        .configMaps, namespace: "kube-system", name: "extension-apiserver-authentication")

    /// CAs whose client certificates say themselves who the caller is.
    var clientAuthorities: [Certificate] = []
    /// CAs whose client certificates belong to front proxies, which say who the caller is by headers.
    var proxyAuthorities: [Certificate] = []
    /// Common names that a front proxy's certificate may have; none allows any.
    var allowedNames: [String] = []
    var usernameHeaders: [String] = []
    var groupHeaders: [String] = []
    var extraHeaderPrefixes: [String] = []

    /// What `configMap` says. What is missing or unreadable stays as it was, and is told.
    mutating func update(from configMap: JSONValue) -> [String] {
        let data = configMap["data"]
        var problems: [String] = []
        func authorities(_ key: String, _ current: [Certificate]) -> [Certificate] {
            let name = "client-ca::kube-system::extension-apiserver-authentication::\(key)".quotedAsInGo
            guard let pem = data[key].string, !pem.isEmpty else {
                problems.append("missing content for CA bundle \(name)")
                return current
            }
            do { return try Certificate.read(pem: Array(pem.utf8)) } catch {
                problems.append(
                    "unable to load CA bundle \(name): data does not contain any valid RSA or ECDSA certificates")
                return current
            }
        }
        func strings(_ key: String, _ current: [String]) -> [String] {
            guard let text = data[key].string, !text.isEmpty else { return [] }
            guard let list = (try? JSONValue.parse(Array(text.utf8)))?.array else {
                problems.append("invalid content of \(key)")
                return current
            }
            return list.compactMap(\.string)
        }
        clientAuthorities = authorities("client-ca-file", clientAuthorities)
        proxyAuthorities = authorities("requestheader-client-ca-file", proxyAuthorities)
        allowedNames = strings("requestheader-allowed-names", allowedNames)
        usernameHeaders = strings("requestheader-username-headers", usernameHeaders)
        groupHeaders = strings("requestheader-group-headers", groupHeaders)
        extraHeaderPrefixes = strings("requestheader-extra-headers-prefix", extraHeaderPrefixes)
        return problems
    }
}
