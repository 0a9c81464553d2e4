// SPDX-License-Identifier: Apache-2.0

import Core
import FoundationEssentials
import KubernetesClient
import Testing
import Verification

/// Autoscalers that get no metric: named, with what is behind it (k/k#127193).
@Suite struct AutoscalersTests {
    private static let start = "the HPA was unable to compute the replica count: "

    static let reasons: [(reason: String, message: String, code: String?)] = [
        ("FailedGetResourceMetric", start + "missing request for cpu in container proxy of Pod web-1", "KB508"),
        (
            "FailedGetContainerResourceMetric",
            start + "failed to get cpu utilization: missing request for cpu in container app of Pod web-1", "KB508"
        ),
        (
            "FailedGetResourceMetric",
            start + "failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)",
            "KB509"
        ),
        (
            "FailedGetContainerResourceMetric",
            start + "failed to get cpu utilization: container app not present in metrics for pod default/web-1", "KB509"
        ),
        (
            "FailedGetResourceMetric",
            start + "unable to get metrics for resource cpu: no metrics returned from resource metrics API", nil
        ),
        ("InvalidSelector", "the HPA target scale is missing a selector", "KB509"),
        (
            "FailedGetExternalMetric",
            start + "unable to fetch metrics from external metrics API: the server is currently unable to handle the "
                + "request (get s0-queue.external.metrics.k8s.io)", "KB509"
        ),
        (
            "FailedGetPodsMetric",
            start + "unable to fetch metrics from custom metrics API: no custom metrics API "
                + "(custom.metrics.k8s.io) registered", "KB509"
        ),
        ("ScalingDisabled", "scaling is disabled since the replica count of the target is zero", nil),
    ]

    private func report(_ reason: String, _ message: String, others: JSONValue = []) -> VerificationReport {
        VerificationReport(
            judging: VerificationRecord(
                server: "https://10.0.0.1", context: nil,
                evidence: evidence {
                    $0[.otherAPIServices] = .object(["items": others])
                    $0[.autoscalers] = .object([
                        "items": [
                            [
                                "metadata": ["name": "web", "namespace": "default"],
                                "status": [
                                    "conditions": [
                                        ["type": "AbleToScale", "status": "True", "reason": "SucceededGetScale"],
                                        [
                                            "type": "ScalingActive", "status": "False", "reason": .string(reason),
                                            "message": .string(message),
                                        ],
                                    ]
                                ],
                            ]
                        ]
                    ])
                }))
    }

    @Test("an autoscaler that gets no metric is named with its reason", arguments: reasons)
    func named(_ reason: String, _ message: String, _ code: String?) {
        let told = report(reason, message)
        #expect(told.isHealthy)
        #expect(told.warnings.map(\.code.rawValue) == [code].compactMap(\.self), "\(told.warnings)")
        if let warning = told.warnings.first {
            #expect(warning.summary.contains("default/web: "))
            #expect(warning.hint.text.hasPrefix("kubectl -n default describe hpa web"))
        }
    }

    @Test func theAPIThatIsAwayIsNamedBesideIt() throws {
        let one = Self.reasons[6]
        let told = report(
            one.reason, one.message,
            others: [
                [
                    "metadata": ["name": "v1beta1.external.metrics.k8s.io"],
                    "status": [
                        "conditions": [
                            [
                                "type": "Available", "status": "False", "reason": "MissingEndpoints",
                                "message": "endpoints for service/keda have no addresses",
                            ]
                        ]
                    ],
                ]
            ])
        #expect(told.warnings.map(\.code.rawValue) == ["KB509", "KB510"])
        #expect(
            try #require(told.warnings.first).summary.hasSuffix(
                "; APIService v1beta1.external.metrics.k8s.io is not Available: MissingEndpoints"))
        #expect(
            told.warnings.last?.summary
                == "not Available: v1beta1.external.metrics.k8s.io (MissingEndpoints: endpoints for service/keda have no addresses)"
        )
    }
}
