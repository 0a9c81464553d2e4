// SPDX-License-Identifier: Apache-2.0

import KubernetesClient

/// Columns of text, as wide as their widest cell, three spaces apart, as kubectl prints them. Each row is one line: a
/// cell may hold text of certificates and servers.
struct Table {
    let header: [String]
    var rows: [[String]] = []

    /// The same with the last column padded too and no column narrower than six, as `kubectl top` prints it
    /// (k8s.io/cli-runtime, printers.GetNewTabWriter).
    ///
    /// - Parameter columns: how many are padded; what follows is not.
    func padded(columns: Int, withHeader: Bool) -> String {
        let all = ((withHeader ? [header] : []) + rows).map { $0.map(\.singleLine) }
        let widths = (0..<columns).map { column in
            max(6, (all.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0) + 3)
        }
        return all.map { row in
            row.enumerated().map { column, cell in
                column < columns ? cell + String(repeating: " ", count: widths[column] - cell.count) : cell
            }.joined() + "\n"
        }.joined()
    }

    func rendered(withHeader: Bool = true) -> String {
        let all = ((withHeader ? [header] : []) + rows).map { $0.map(\.singleLine) }
        let widths = header.indices.map { column in
            all.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return all.map { row in
            row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: max(0, widths[column] - cell.count) + 3)
            }.joined()
        }.joined(separator: "\n") + "\n"
    }
}
