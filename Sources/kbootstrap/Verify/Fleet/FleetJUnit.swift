// SPDX-License-Identifier: Apache-2.0

import Verification

extension VerificationJUnit {
    /// Many clusters: a suite each, with an error where the cluster could not be asked.
    static func rendered(_ members: [FleetMember]) -> String {
        var results: [ClaimResult] = []
        var errors = 0
        let suites = members.map { member in
            let name = Markup.escaped(member.context)
            switch member.outcome {
            case .verified(let checks, _, let elapsed):
                results += checks
                return """
                      <testsuite name="\(name)" \(counts(checks)) time="\(seconds(elapsed))">
                    \(checks.map(testCase).joined(separator: "\n"))
                      </testsuite>
                    """
            case .notAsked(let reason, _):
                errors += 1
                return """
                      <testsuite name="\(name)" \(counts([], errors: 1)) time="0">
                        <testcase classname="kbootstrap.verify" name="the kubeconfig leads to the cluster" time="0">
                          <error message="\(Markup.escaped(reason))"/>
                        </testcase>
                      </testsuite>
                    """
            }
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="kbootstrap verify" \(counts(results, errors: errors))>
            \(suites.joined(separator: "\n"))
            </testsuites>

            """
    }
}
