// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Verification

/// What of a whole log is kept: what accuses somebody, and the last words of a program that ended.
@Suite struct LogExcerptTests {
    private static let trace = """

        goroutine 1 [running]:
        k8s.io/apiserver/pkg/server.(*Config).Complete(...)
        main.main()
        \tcmd/metrics-server/metrics-server.go:37 +0x88
        created by main.run in goroutine 1
        """

    static let ended: [(log: String, kept: [String])] = [
        // The panic stands before its trace, however long that is.
        ("I1201 00:00:01.0 1 x.go:1] Starting\npanic: boom\(trace)", ["panic: boom"]),
        // A usage text says nothing, the error before it does.
        (
            "Error: unknown flag: --x\nUsage:\n   [flags]\n\nMetrics server flags:\n\n      --a int   A\n\nGlobal flags:\n\n  -h\n",
            ["Error: unknown flag: --x"]
        ),
        // At -v=10 bodies of answers follow lines of information.
        (
            "I1201 00:00:01.0 1 body.go:1] Response Body: # HELP a\nforbidden: somebody said once\nI1201 00:00:02.0 1 x.go:1] next\npanic: boom\(trace)",
            ["panic: boom"]
        ),
        // A program that says plainly what it dies of.
        ("I1201 00:00:01.0 1 x.go:1] Starting\nexec /x: exec format error", ["exec /x: exec format error"]),
        ("iptables: Permission denied", ["iptables: Permission denied"]),
        (
            #"{"ts":1.5,"caller":"x.go:1","msg":"Failed probe","v":0,"err":"no metrics to serve"}"# + "\n"
                + #"{"ts":1.6,"caller":"cli/run.go:72","msg":"command failed","err":"no such file"}"#,
            [#"{"ts":1.6,"caller":"cli/run.go:72","msg":"command failed","err":"no such file"}"#]
        ),
        (
            #"{"level":"info","msg":"hello"}"# + "\n" + #"{"level":"fatal","msg":"bye"}"#,
            [#"{"level":"fatal","msg":"bye"}"#]
        ),
        (#"{"level":30,"msg":"hello"}"#, []),
    ]

    @Test("the last words of a log", arguments: ended.indices)
    func lastWords(_ row: Int) {
        let (log, kept) = Self.ended[row]
        #expect(BackendLog.excerpt(log, hasEnded: true) == kept)
        let stamped = log.split(separator: "\n", omittingEmptySubsequences: false)
            .map { "2026-12-01T00:38:11.429351123Z \($0)" }.joined(separator: "\n")
        #expect(
            BackendLog.excerpt(stamped, hasEnded: true) == kept.map { "2026-12-01T00:38:11.429351123Z \($0)" })
    }

    @Test func whatRunsIsHeardInLinesWithALevelOnly() {
        let log =
            "panic: of long ago\nW1201 00:00:01.0 1 x.go:1] careful\n{\"ts\":1.5,\"msg\":\"m\",\"v\":0,\"err\":\"e\"}"
        #expect(BackendLog.excerpt(log, hasEnded: false) == ["W1201 00:00:01.0 1 x.go:1] careful"])
    }

    @Test func aLongLineStaysWhatItIs() throws {
        let long = String(repeating: "x", count: 2000)
        let line = #"{"ts":1.5,"msg":"Failed to scrape node","err":"\#(long)","node":"n1","other":"\#(long)"}"#
        let kept = try #require(BackendLog.excerpt(line, hasEnded: false).first)
        #expect(kept.count < 1000)
        #expect(LogLine(kept).level == .error)
        #expect(LogLine(kept).node == "n1")
    }
}
