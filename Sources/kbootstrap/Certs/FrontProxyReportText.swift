// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import FoundationEssentials

/// The report of `certs front-proxy` as a table.
struct FrontProxyReportText {
    private let report: FrontProxyReport

    init(_ report: FrontProxyReport) { self.report = report }

    func rendered() -> String {
        var table = Table(header: ["FILE", "SUBJECT", "EXPIRES", "STATUS"])
        for entry in report.entries {
            table.rows.append([
                entry.file,
                entry.subject ?? "(private key)",
                entry.notAfter.map { $0.formatted(.iso8601.year().month().day()) } ?? "-",
                entry.outcome.rawValue,
            ])
        }
        return table.rendered()
    }
}
