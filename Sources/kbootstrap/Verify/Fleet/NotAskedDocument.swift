// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// A cluster of many that the kubeconfig does not lead to, as a JSON line among the others' reports.
struct NotAskedDocument: Encodable {
    private let apiVersion = "kbootstrap/v1"
    private let kind = "VerificationNotAsked"
    let context: String
    let reason: String
    let hint: String?

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
