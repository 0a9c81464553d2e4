// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// Pods that are not there: who keeps them out, by the Deployment's own condition or its ReplicaSet's event.
@Suite struct AdmissionTests {
    /// As kube-apiserver's admission words it.
    static let denials: [(message: String, code: String, hint: String)] = [
        (
            #"Internal error occurred: failed calling webhook "validate.policy.svc-fail": failed to call webhook: Post "https://policy-svc.policy.svc:443/validate?timeout=5s": service "policy-svc" not found"#,
            "KB334", "webhook validate.policy.svc-fail"
        ),
        (
            #"admission webhook "validate.policy.svc-fail" denied the request: resource Pod was blocked"#, "KB334",
            "policy of webhook validate.policy.svc-fail"
        ),
        (
            #"pods "metrics-server-7cc-" is forbidden: error looking up service account kube-system/metrics-server: serviceaccount "metrics-server" not found"#,
            "KB334", "kbootstrap install-metrics"
        ),
        (
            #"pods "metrics-server-7cc-x" is forbidden: maximum memory usage per Container is 100Mi, but limit is 200Mi"#,
            "KB334", "describe limitranges"
        ),
        (
            #"pods "metrics-server-7cc-" is forbidden: no PriorityClass with name no-such-class was found"#, "KB334",
            "kubectl get priorityclasses"
        ),
        (
            #"pods "metrics-server-7cc-x" is forbidden: failed quota: compute: must specify limits.cpu for: metrics-server"#,
            "KB317", "describe resourcequota"
        ),
        (
            #"pods "x" is forbidden: insufficient quota to match these scopes: [{PriorityClass In [system-node-critical]}]"#,
            "KB317", "describe resourcequota"
        ),
        (
            #"pods "x" is forbidden: violates PodSecurity "restricted:latest": host namespaces"#, "KB316",
            "install-metrics"
        ),
    ]

    private func deployment(_ change: (inout JSONValue) -> Void = { _ in }) -> JSONValue {
        var one: JSONValue = [
            "metadata": ["name": "metrics-server", "generation": 1],
            "spec": ["replicas": 1, "template": ["metadata": ["labels": ["k8s-app": "metrics-server"]]]],
            "status": ["observedGeneration": 1],
        ]
        change(&one)
        return one
    }

    private func report(_ deployment: JSONValue, _ change: (inout Evidence) -> Void = { _ in }) -> VerificationReport {
        VerificationReport(
            judging: VerificationRecord(
                server: "https://10.0.0.1", context: nil,
                evidence: evidence {
                    $0[.endpoints] = .object(["subsets": []])
                    $0[.pods] = .object(["items": []])
                    $0[.deployments] = .object(["items": [deployment]])
                    change(&$0)
                }))
    }

    private func event(_ message: String, of name: String, at time: String) -> Answer {
        .object([
            "items": [
                [
                    "reason": "FailedCreate", "message": .string(message), "lastTimestamp": .string(time),
                    "involvedObject": ["kind": "ReplicaSet", "name": .string(name)],
                ]
            ]
        ])
    }

    @Test("the Deployment says who keeps its pods out", arguments: denials)
    func condition(_ message: String, _ code: String, _ hint: String) throws {
        let failing = deployment {
            $0["status"]["conditions"] = [
                [
                    "type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": .string(message),
                ]
            ]
        }
        let root = try #require(report(failing).rootCauses.first)
        #expect(root.code.rawValue == code)
        #expect(root.hint.text.contains(hint), "\(root.hint.text)")
        // So does the event, where the Deployment does not.
        let told = report(deployment()) {
            $0[.events] = event(message, of: "metrics-server-7cc7589d", at: "2027-01-15T07:50:00Z")
        }
        #expect(told.rootCauses.map(\.code.rawValue) == [code])
    }

    @Test(
        "what another workload met, or this one long ago, is no cause",
        arguments: [
            ("metrics-server-scraper-7cc7589d", "2027-01-15T07:59:00Z"),
            ("metrics-server-7cc7589d", "2027-01-15T07:10:00Z"),
        ])
    func foreign(_ name: String, _ time: String) {
        let told = report(deployment()) { $0[.events] = event("exceeded quota: q", of: name, at: time) }
        #expect(told.rootCauses.map(\.code.rawValue) == ["KB315"])
    }

    @Test func whoWantsNoPodMissesNone() throws {
        let idle = deployment {
            $0["spec"]["replicas"] = 0
            $0["status"]["conditions"] = [["type": "ReplicaFailure", "status": "True", "message": "exceeded quota"]]
        }
        let root = try #require(report(idle).rootCauses.first)
        #expect(root.code == FindingCode(.noPods))
        #expect(root.hint.text.contains("--replicas=1"))
    }

    @Test func aPausedDeploymentAndOneThatNobodyHasTakenUp() throws {
        let paused = try #require(report(deployment { $0["spec"]["paused"] = true }).rootCauses.first)
        #expect(paused.hint.text == "kubectl -n kube-system rollout resume deployment metrics-server")
        let unseen = try #require(report(deployment { $0["status"] = [:] }).rootCauses.first)
        #expect(unseen.summary.contains("has not taken up Deployment metrics-server"))
    }
}
