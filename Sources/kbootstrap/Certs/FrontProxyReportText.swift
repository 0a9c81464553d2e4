// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import FoundationEssentials

/// What happened to files, as a table.
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

extension Terminal {
    /// The report as the result, what the reader should know as notices.
    func show(_ report: FrontProxyReport, as form: ReportForm) throws {
        switch form {
        case .text: result(FrontProxyReportText(report).rendered())
        case .json: result(try report.json())
        }
        for text in report.notices { notice(text) }
    }
}
