// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import Verification

/// The catalogue as data.
@Suite struct CatalogueTests {
    @Test func everyCodeHasItsRow() {
        for code in FailureCode.allCases {
            #expect(!Catalogue.entry(code).cause.isEmpty, "\(code.rawValue)")
            #expect(!Catalogue.entry(code).fix.isEmpty, "\(code.rawValue)")
            #expect(!code.place.isEmpty, "\(code.rawValue)")
            #expect(!Catalogue.sighting(code).signature.isEmpty, "\(code.rawValue)")
        }
        #expect(Set(FailureCode.allCases.map(\.rawValue)).count == FailureCode.allCases.count)
    }

    /// Of two causes that explained each other, neither would be named.
    @Test func noCauseExplainsItself() {
        for code in FailureCode.allCases {
            #expect(!Catalogue.explains(code, code), "\(code.rawValue)")
        }
    }

    /// A warning stops nothing.
    @Test func onlyFailuresExplain() {
        for code in FailureCode.allCases where Catalogue.entry(code).severity == .warning {
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
