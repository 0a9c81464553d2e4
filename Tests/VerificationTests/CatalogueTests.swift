// SPDX-License-Identifier: Apache-2.0

import Core
import Foundation
import Testing
import Verification

/// The catalogue as data.
@Suite struct CatalogueTests {
    @Test func everyCodeHasItsRow() {
        for code in FailureCode.allCases {
            #expect(!Catalogue.cause(code).title.isEmpty, "\(code.rawValue)")
            #expect(!Catalogue.cause(code).fix.text.isEmpty, "\(code.rawValue)")
            #expect(!Catalogue.cause(code).seen.isEmpty, "\(code.rawValue)")
        }
        #expect(Set(FailureCode.allCases.map(\.rawValue)).count == FailureCode.allCases.count)
    }

    /// Of two causes that explained each other, neither would be named.
    @Test func noTwoCausesExplainEachOther() {
        for code in FailureCode.allCases {
            for other in Catalogue.consequences(of: code) {
                #expect(!Catalogue.explains(other, code), "\(code.rawValue) and \(other.rawValue)")
            }
        }
    }

    /// A warning stops nothing.
    @Test func onlyFailuresExplain() {
        for code in FailureCode.allCases where Catalogue.cause(code).severity == .warning {
            #expect(Catalogue.consequences(of: code).isEmpty, "\(code.rawValue)")
        }
    }

    @Test func thePageIsCurrent() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/catalogue.md")
        let page = try? String(contentsOf: file, encoding: .utf8)
        if ProcessInfo.processInfo.environment["RECORD"] == "1", page != Catalogue.markdown {
            try Catalogue.markdown.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("recorded docs/catalogue.md")
        } else {
            #expect(page == Catalogue.markdown, "docs/catalogue.md is old; RECORD=1 writes it anew")
        }
    }
}
