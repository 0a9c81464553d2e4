// SPDX-License-Identifier: Apache-2.0

import KubernetesClient
import Testing

@testable import Operations

/// Whose caBundle may be written over without being asked: 1.20, which the lab has, keeps no field managers for an
/// APIService.
@Suite struct CABundleFieldTests {
    @Test(
        "only kbootstrap's own",
        arguments: [
            (["kbootstrap"], true), (["kbootstrap-serving-cert"], true),
            (["kbootstrap", "kbootstrap-serving-cert"], true),
            (["kbootstrap", "flux"], false), (["flux"], false), ([], false),
        ])
    func owners(_ managers: [String], _ isOurs: Bool) {
        let bundle: JSONValue = ["f:spec": ["f:caBundle": [:]]]
        let other: JSONValue = ["f:spec": ["f:group": [:]]]
        let fields = managers.map { (manager: String) -> JSONValue in
            ["manager": .string(manager), "operation": "Apply", "fieldsV1": bundle]
        }
        let live: JSONValue = [
            "metadata": [
                "managedFields": .array(fields + [["manager": "flux", "operation": "Apply", "fieldsV1": other]])
            ]
        ]
        #expect(CABundleField.isOurs(live) == isOurs)
    }
}
