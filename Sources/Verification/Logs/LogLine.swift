// SPDX-License-Identifier: Apache-2.0

/// One line of a backend's log.
struct LogLine {
    private let text: String

    init(_ text: String) { self.text = text }

    /// The node that a scrape failed for, in each of metrics-server's wordings; nil where the line names none.
    var node: String? {
        for start in ["node=\"", "source kubelet_summary:", "metrics from node ", "metrics from Kubelet "] {
            guard let range = text.firstRange(of: start) else { continue }
            let name = text[range.upperBound...].prefix { $0 != "\"" && $0 != ":" && $0 != " " && $0 != "," }
            if !name.isEmpty { return String(name) }
        }
        return nil
    }

    /// The key identifier of the CA that signed a client certificate which was not taken (k8s.io/apiserver,
    /// authentication/request/x509: `verifying certificate SN=…, SKID=…, AKID=… failed`); nil where there is none.
    var authority: String? {
        text.firstMatch(of: /AKID=([0-9A-Fa-f:]{5,})/).map { $0.output.1.uppercased() }
    }

    /// The error without klog's head: what a reader wants to see.
    var error: String {
        guard let range = text.firstRange(of: "err=\"") else {
            return text.firstRange(of: "] ").map { String(text[$0.upperBound...]) } ?? text
        }
        var error = ""
        var isEscaped = false
        for character in text[range.upperBound...] {
            if isEscaped {
                error.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                break
            } else {
                error.append(character)
            }
        }
        return error
    }
}
