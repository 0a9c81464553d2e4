// SPDX-License-Identifier: Apache-2.0

public import KubernetesClient

/// The objects that verify from inside the cluster, time and again: a CronJob, and the least rights.
public struct VerifierManifest: Sendable {
    /// The name of every object, or its beginning.
    public static let name = "kbootstrap-verify"

    let image: String
    let namespace: String
    let schedule: String
    let apiServiceName: String?
    let arguments: [String]
    let timeout: Duration

    /// - Parameters:
    ///   - image: one whose entry point is kbootstrap.
    ///   - namespace: where the backend is, and the job beside it.
    ///   - schedule: in cron's five fields.
    ///   - apiServiceName: nil for that of resource metrics.
    ///   - arguments: `verify`'s, beside the APIService's name.
    ///   - timeout: the longest that these let it wait.
    public init(
        image: String, namespace: String, schedule: String, apiServiceName: String?, arguments: [String],
        timeout: Duration
    ) {
        self.image = image
        self.namespace = namespace
        self.schedule = schedule
        self.apiServiceName = apiServiceName
        self.arguments = arguments
        self.timeout = timeout
    }

    /// In seconds, for one job: for the image and the last round, too.
    private var deadline: Int64 {
        let (sum, tooLong) = timeout.components.seconds.addingReportingOverflow(180)
        return tooLong ? .max : sum
    }

    public var objects: [JSONValue] {
        [["apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(Self.name, in: namespace)]]
            + VerifierRights(namespace: namespace, apiServiceName: apiServiceName).objects + [cronJob]
    }

    /// - Throws: only what the YAML writer might.
    public func yaml() throws -> String { try objects.map { try $0.yaml() }.joined(separator: "---\n") }

    private func metadata(_ name: String, in namespace: String) -> JSONValue {
        ["name": .string(name), "namespace": .string(namespace), "labels": VerifierRights.labels]
    }

    private var cronJob: JSONValue {
        [
            // Since Kubernetes 1.21.
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata(Self.name, in: namespace),
            "spec": [
                "schedule": .string(schedule), "concurrencyPolicy": "Forbid", "successfulJobsHistoryLimit": 1,
                "failedJobsHistoryLimit": 3,
                "jobTemplate": [
                    "spec": [
                        // A failure is the answer, not an accident that another try may mend.
                        "backoffLimit": 0, "activeDeadlineSeconds": .int(deadline),
                        "template": ["metadata": ["labels": VerifierRights.labels], "spec": pod],
                    ]
                ],
            ],
        ]
    }

    private var pod: JSONValue {
        let words = ["verify", "--quiet"] + (apiServiceName.map { ["--apiservice=\($0)"] } ?? []) + arguments
        return [
            "serviceAccountName": .string(Self.name), "restartPolicy": "Never",
            "nodeSelector": ["kubernetes.io/os": "linux"],
            "securityContext": [
                "runAsNonRoot": true,
                // The `nonroot` of distroless images.
                "runAsUser": 65532, "runAsGroup": 65532, "seccompProfile": ["type": "RuntimeDefault"],
            ],
            "containers": [
                [
                    "name": "verify", "image": .string(image), "args": .array(words.map { .string($0) }),
                    "resources": ["requests": ["cpu": "50m", "memory": "64Mi"], "limits": ["memory": "512Mi"]],
                    "securityContext": [
                        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                        "capabilities": ["drop": ["ALL"]],
                    ],
                ]
            ],
        ]
    }
}
