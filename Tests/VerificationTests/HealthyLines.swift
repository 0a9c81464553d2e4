// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a metrics-server says that is well, at any `-v`: none of it accuses anybody.
enum HealthyLines {
    /// As klog writes text.
    static let text: [String] = recorded("healthy") + recorded("healthy-verbose") + walkthrough + verbose

    /// As `--logging-format=json` writes it.
    static let json: [String] =
        recorded("healthy-json") + [
            #"{"ts":1796086691429.3,"caller":"server/server.go:191","msg":"Serving securely on [::]:10250","v":0}"#,
            #"{"ts":1796086691594.4,"caller":"cache/shared_informer.go:350","msg":"Waiting for caches to sync","v":0,"controller":"client-ca::kube-system::extension-apiserver-authentication::requestheader-client-ca-file"}"#,
            #"{"ts":1796086691695.3,"caller":"cache/shared_informer.go:357","msg":"Caches are synced","v":0,"controller":"client-ca::kube-system::extension-apiserver-authentication::requestheader-client-ca-file"}"#,
            #"{"ts":1796086692000.0,"caller":"server/server.go:192","msg":"Failed probe","v":0,"probe":"metric-storage-ready","err":"no metrics to serve"}"#,
            #"{"ts":1796086693000.0,"caller":"cache/shared_informer.go:597","msg":"Warning: event bookmark expired: the sharedIndexInformer has started, run more than once is not allowed","v":0}"#,
            #"{"ts":1796086694000.0,"caller":"scraper/scraper.go:140","msg":"Scraping node","v":2,"node":{"name":"worker-0"}}"#,
        ]

    static var all: [String] { text + json }

    /// The same, as the kubelet hands it out with `timestamps=true`.
    static func stamped(_ lines: [String], at moment: Date) -> [String] {
        lines.map { "\(moment.formatted(.iso8601).dropLast()).429351123Z \($0)" }
    }

    private static func recorded(_ folder: String) -> [String] {
        (RecordedEvidence.text("Corpus/\(folder)/log.txt") ?? "").split(whereSeparator: \.isNewline).map(String.init)
    }

    /// The start of an older release, as the walkthrough that users come from prints it.
    private static let walkthrough = [
        "I1201 00:38:10.100000       1 serving.go:325] Generated self-signed cert (/tmp/apiserver.crt, /tmp/apiserver.key)",
        "W1201 00:38:10.200000       1 shared_informer.go:372] The sharedIndexInformer has started, run more than once is not allowed",
        "I1201 00:38:10.300000       1 shared_informer.go:240] Waiting for caches to sync for client-ca::kube-system::extension-apiserver-authentication::client-ca-file",
        "I1201 00:38:10.300001       1 shared_informer.go:240] Waiting for caches to sync for client-ca::kube-system::extension-apiserver-authentication::requestheader-client-ca-file",
        "I1201 00:38:10.300002       1 configmap_cafile_content.go:202] Starting client-ca::kube-system::extension-apiserver-authentication::requestheader-client-ca-file",
        "I1201 00:38:10.300003       1 requestheader_controller.go:169] Starting RequestHeaderAuthRequestController",
        "I1201 00:38:10.300004       1 secure_serving.go:197] Serving securely on [::]:4443",
        "I1201 00:38:10.300005       1 dynamic_serving_content.go:130] Starting serving-cert::/tmp/apiserver.crt::/tmp/apiserver.key",
        "I1201 00:38:10.300006       1 tlsconfig.go:240] Starting DynamicServingCertificateController",
        "I1201 00:38:10.400000       1 shared_informer.go:247] Caches are synced for client-ca::kube-system::extension-apiserver-authentication::requestheader-client-ca-file",
        "I1201 00:38:10.400001       1 shared_informer.go:247] Caches are synced for RequestHeaderAuthRequestController",
    ]

    /// What client-go and k8s.io/apiserver say at -v=4 to -v=10: requests, their headers and their bodies, whose words
    /// may be those of any trouble.
    private static let verbose = [
        #"I1201 00:38:11.000000       1 server.go:192] "Failed probe" probe="metric-storage-ready" err="no metrics to serve""#,
        #"I1201 00:38:11.000001       1 httplog.go:134] "HTTP" verb="GET" URI="/readyz" latency="1.2ms" userAgent="kube-probe/1.36" audit-ID="1" srcIP="10.77.0.1:44444" resp=500"#,
        #"I1201 00:38:11.000002       1 httplog.go:134] "HTTP" verb="GET" URI="/apis/metrics.k8s.io/v1beta1/nodes" latency="0.5ms" resp=403"#,
        #"I1201 00:38:11.000003       1 round_trippers.go:632] "Response" status="401 Unauthorized" milliseconds=1"#,
        #"I1201 00:38:11.000004       1 round_trippers.go:560] POST https://10.32.0.1:443/apis/authorization.k8s.io/v1/subjectaccessreviews 201 Created in 2 milliseconds"#,
        #"I1201 00:38:11.000005       1 request.go:1351] "Response Body" body="{\"kind\":\"Status\",\"message\":\"configmaps \\\"extension-apiserver-authentication\\\" is forbidden: User \\\"system:anonymous\\\" cannot get resource\"}""#,
        #"I1201 00:38:11.000006       1 request.go:1351] "Response Body" body="{\"kind\":\"ConfigMap\",\"data\":{\"requestheader-client-ca-file\":\"missing content for CA bundle\"}}""#,
        #"I1201 00:38:11.000007       1 reflector.go:430] "Caches populated" type="*v1.Node" reflector="k8s.io/client-go/informers/factory.go:160""#,
        #"I1201 00:38:11.000008       1 trace.go:236] Trace[1]: "Reflector ListAndWatch" (total time: 30001ms): ---"Objects listed" error:Get "https://10.32.0.1:443/api/v1/nodes": dial tcp 10.32.0.1:443: i/o timeout 30001ms"#,
        #"I1201 00:38:11.000009       1 scraper.go:136] "Scraping metrics from nodes" nodes=["worker-0"] nodeCount=1 nodeSelector="""#,
        #"I1201 00:38:11.000010       1 x509.go:1] Failed to scrape node worker-0: x509: certificate signed by unknown authority (said at level I: nobody is accused)"#,
    ]
}
