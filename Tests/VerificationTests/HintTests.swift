// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing

@testable import Verification

/// What is said to type: for the namespace, the folder and the state that were seen.
@Suite struct HintTests {
    private func root(_ evidence: Evidence) throws -> Finding {
        let record = VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: evidence)
        return try #require(VerificationReport(judging: record).rootCauses.first)
    }

    private func files(_ directory: String, _ certificate: String, problems: [String] = []) -> FrontProxyEvidence {
        FrontProxyEvidence(
            directory: directory, clientCertificate: "a PEM", problems: problems,
            pair: FrontProxyEvidence.Pair(certificate: "\(directory)/\(certificate)", key: ""))
    }

    @Test(
        "commands on files name the folder and layout that were looked at",
        arguments: [
            ("/srv/it's", "front-proxy.pem", "kbootstrap apiserver-flags apply --restart --dir '/srv/it'\\''s'   # "),
            (
                "/srv/pki", "front-proxy-client.crt",
                "kbootstrap apiserver-flags apply --restart --dir /srv/pki --layout kubeadm   # "
            ),
            ("/var/lib/kubernetes", "front-proxy.pem", "kbootstrap apiserver-flags apply --restart   # "),
        ])
    func folder(_ directory: String, _ certificate: String, _ start: String) {
        let slots = HintSlots(evidence { $0.frontProxy = files(directory, certificate) })
        #expect(slots.fill(Finding(.usernameHeadersMissing, "none")).hint.text.hasPrefix(start))
    }

    @Test func installingNamesTheNamespace() throws {
        let found = try root(
            evidence {
                $0[.apiService] = .object([
                    "metadata": ["name": "v1beta1.metrics.k8s.io"],
                    "spec": [
                        "group": "metrics.k8s.io", "version": "v1beta1",
                        "service": ["name": "metrics-server", "namespace": "monitoring"],
                    ],
                ])
                $0[.service] = .refused(code: 404, message: "not found")
            })
        #expect(found.hint == .fix("kbootstrap install-metrics --namespace monitoring"))
    }

    @Test(
        "a rejected certificate whose files are in order may be about to be read",
        arguments: [
            ([], 95), (["/d/front-proxy-key.pem is not the key"], 35),
        ])
    func renewed(_ problems: [String], _ seconds: Int) {
        let slots = HintSlots(evidence { $0.frontProxy = files("/d", "front-proxy.pem", problems: problems) })
        let found = slots.fill(Finding(.clientCertificateRejected, "401"))
        #expect(found.patience == .seconds(seconds))
        #expect(found.hint.text.hasPrefix("kbootstrap apiserver-flags apply") == problems.isEmpty)
    }

    @Test func anotherBackendsPlaceIsTakenOverOnlyByName() throws {
        let found = try root(
            evidence {
                $0[.apiService] = .object([
                    "metadata": ["name": "v1beta1.metrics.k8s.io"],
                    "spec": [
                        "group": "metrics.k8s.io", "version": "v1beta1",
                        "service": ["name": "prometheus-adapter", "namespace": "monitoring"],
                    ],
                ])
                $0[.service] = .refused(code: 404, message: "not found")
            })
        #expect(
            found.hint.text.hasPrefix(
                "kbootstrap install-metrics --adopt   # takes the API over from Service monitoring/prometheus-adapter"))
    }

    @Test(
        "a prefix that is mended stays published beside the right one",
        arguments: [
            (#"["X-Remote-Extra"]"#, "kbootstrap apiserver-flags apply"),
            (#"["X-Remote-Extra","X-Remote-Extra-"]"#, "kbootstrap certs rotate-ca finish --prune"),
        ])
    func prefixes(_ published: String, _ hint: String) throws {
        let judged = evidence {
            $0[.authentication] = .object([
                "data": [
                    "requestheader-client-ca-file": "a PEM", "requestheader-allowed-names": "[]",
                    "requestheader-username-headers": #"["X-Remote-User"]"#,
                    "requestheader-group-headers": #"["X-Remote-Group"]"#,
                    "requestheader-extra-headers-prefix": .string(published),
                ]
            ])
        }
        let record = VerificationRecord(server: "https://10.0.0.1", context: nil, evidence: judged)
        let warning = try #require(
            VerificationReport(judging: record).warnings.first { $0.code == FindingCode(.extraPrefixWithoutDash) })
        #expect(warning.hint.text.hasPrefix(hint))
    }

    @Test(
        "a condition that lags behind the Service is waited for",
        arguments: [
            ("ServiceNotFound", "service/ms in \"kube-system\" is not present"),
            ("ServicePortError", "service/ms in \"kube-system\" is not listening on port 443"),
        ])
    func lag(_ reason: String, _ message: String) throws {
        #expect(try root(evidence { $0[.apiService] = .object(condition(reason, message)) }).patience == .seconds(35))
        let missing = try root(
            evidence {
                $0[.apiService] = .object(condition(reason, message))
                $0[.service] = .refused(code: 404, message: "not found")
            })
        #expect(missing.patience == .zero)
    }

    static func deployment(_ spec: JSONValue) -> Answer {
        .object(["items": [["metadata": ["name": "metrics-server"], "spec": spec]]])
    }

    static let deployments: [(Answer, String)] = [
        (.object(["items": []]), "kbootstrap install-metrics"),
        (deployment(["replicas": 0]), "kubectl -n kube-system scale deployment metrics-server --replicas=1"),
        (
            deployment(["replicas": 1, "template": ["metadata": ["labels": ["k8s-app": "other"]]]]),
            "kbootstrap install-metrics   # Service and Deployment as they belong together"
        ),
        (
            deployment(["replicas": 1, "template": ["metadata": ["labels": ["k8s-app": "metrics-server"]]]]),
            "kubectl -n kube-system get deployments,pods --show-labels"
        ),
        (.refused(code: 403, message: "no"), "kubectl -n kube-system get deployments,pods --show-labels"),
    ]

    @Test("a Service without pods: by what became of the Deployment", arguments: deployments)
    func noPods(_ deployment: Answer, _ hint: String) throws {
        let found = try root(
            evidence {
                $0[.endpoints] = .object(["subsets": []])
                // One that is going is as good as none.
                $0[.pods] = .object([
                    "items": [["metadata": ["name": "ms-1", "deletionTimestamp": "2027-01-15T07:59:50Z"]]]
                ])
                $0[.deployments] = deployment
            })
        #expect(found.code == FindingCode(.noPods))
        #expect(found.hint.text == hint)
        #expect((found.patience == .zero) == !hint.contains("--show-labels"))
    }

    @Test(
        "quotes among the allowed names harm only where there is nothing else",
        arguments: [
            (#"["''"]"#, ["KB205"]), (#"["''","front-proxy-ca"]"#, []),
        ])
    func quotes(_ names: String, _ codes: [String]) {
        let judged = evidence {
            $0[.authentication] = .object([
                "data": [
                    "requestheader-client-ca-file": "a PEM", "requestheader-allowed-names": .string(names),
                    "requestheader-username-headers": #"["X-Remote-User"]"#,
                    "requestheader-group-headers": #"["X-Remote-Group"]"#,
                ]
            ])
        }
        #expect(roots(judged).filter { $0 == "KB205" } == codes)
    }

    @Test(
        "who may not ask is given the role, by the name in the refusal",
        arguments: [
            (
                "system:serviceaccount:wardle:api",
                "kubectl create clusterrolebinding api:system:auth-delegator --clusterrole=system:auth-delegator "
                    + "--serviceaccount=wardle:api"
            ),
            (
                "a b; reboot",
                "kubectl create clusterrolebinding 'a b; reboot:system:auth-delegator' --clusterrole=system:auth-delegator "
                    + "'--user=a b; reboot'"
            ),
        ])
    func delegation(_ user: String, _ hint: String) throws {
        var judged = evidence {
            $0.unknownUsers = [
                UnknownUserEvidence(
                    backend: "10.0.0.9:443",
                    answer: .status(
                        500,
                        message:
                            "subjectaccessreviews.authorization.k8s.io is forbidden: User \"\(user)\" cannot create resource"
                    ))
            ]
        }
        #expect(try root(judged).hint.text.hasPrefix("kbootstrap install-metrics"))
        judged.rename("v1alpha1.wardle.example.com")
        #expect(try root(judged).hint.text == hint)
    }
}
