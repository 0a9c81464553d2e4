// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import FoundationEssentials
import Operations
import PKI

/// What became of each Node's certificate, as a table.
struct KubeletCertificatesText {
    private let rows: [KubeletCertificateIssue.Row]

    init(_ rows: [KubeletCertificateIssue.Row]) { self.rows = rows }

    func rendered() -> String {
        var table = Table(header: ["NODE", "NAMES", "EXPIRES", "STATUS"])
        table.rows = rows.map { row in
            [
                row.node, row.names.map(\.description).joined(separator: ","),
                row.notAfter.map { $0.formatted(.iso8601.year().month().day()) } ?? "-",
                row.outcome?.rawValue ?? "refused",
            ]
        }
        return table.rendered()
    }
}
