// SPDX-License-Identifier: Apache-2.0

/// The documents that tell what metrics.k8s.io has.
enum MetricsDiscovery {
    static let group = "metrics.k8s.io"
    static let version = "v1beta1"

    /// Nil for a path that is none of discovery's.
    static func document(at path: String, release: StandinRelease) -> String? {
        switch path {
        case "/apis", "/apis/":
            #"{"kind":"APIGroupList","apiVersion":"v1","groups":[\#(groupDocument(topLevel: false))]}"#
        case "/apis/\(group)", "/apis/\(group)/": groupDocument(topLevel: true)
        case "/apis/\(group)/\(version)", "/apis/\(group)/\(version)/": resources
        case "/version", "/version/": versionDocument(release)
        case "/openapi/v2": openAPI(release)
        case "/":
            #"{"paths":["/apis","/apis/\#(group)","/apis/\#(group)/\#(version)","#
                + #""/healthz","/livez","/readyz","/version"]}"#
        default: nil
        }
    }

    private static func groupDocument(topLevel: Bool) -> String {
        let version = #"{"groupVersion":"\#(group)/\#(version)","version":"\#(version)"}"#
        let kind = topLevel ? #""kind":"APIGroup","apiVersion":"v1","# : ""
        return #"{\#(kind)"name":"\#(group)","versions":[\#(version)],"preferredVersion":\#(version)}"#
    }

    private static let resources =
        #"{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"\#(group)/\#(version)","resources":["#
        + #"{"name":"nodes","singularName":"","namespaced":false,"kind":"NodeMetrics","verbs":["get","list"]},"#
        + #"{"name":"pods","singularName":"","namespaced":true,"kind":"PodMetrics","verbs":["get","list"]}]}"#

    /// The platform tells who asks that this is the stand-in.
    private static func versionDocument(_ release: StandinRelease) -> String {
        #"{"major":"0","minor":"\#(release.minor)","gitVersion":"v\#(release)","gitCommit":"","gitTreeState":"clean","#
            + #""buildDate":"1970-01-01T00:00:00Z","goVersion":"","compiler":"","platform":"kbootstrap-lab stand-in"}"#
    }

    /// Enough for kube-apiserver's aggregation of OpenAPI documents: it has no paths and no models.
    private static func openAPI(_ release: StandinRelease) -> String {
        #"{"swagger":"2.0","info":{"title":"Kubernetes metrics-server","version":"v\#(release)"},"paths":{},"definitions":{}}"#
    }
}
