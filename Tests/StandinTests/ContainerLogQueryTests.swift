// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1
import Testing

@testable import kbootstrap_lab

@Suite struct ContainerLogQueryTests {
    static func query(_ uri: String) -> ContainerLogQuery? {
        ContainerLogQuery(ServedRequest(head: HTTPRequestHead(version: .http1_1, method: .GET, uri: uri)))
    }

    @Test func readsTheKubeletsPath() throws {
        let query = try #require(Self.query("/containerLogs/kube-system/ms-1/ms?previous=true"))
        #expect(query.namespace == "kube-system")
        #expect(query.pod == "ms-1")
        #expect(query.container == "ms")
        #expect(query.isOfPreviousRun)
    }

    @Test(arguments: ["/metrics/resource", "/containerLogs/kube-system/ms-1", "/containerLogs/a/b/c/d", "/logs/a/b/c"])
    func leavesOtherPathsAlone(uri: String) {
        #expect(Self.query(uri) == nil)
    }

    @Test(
        arguments: [
            ("", "a\nb\nc\n", "a\nb\nc\n"), ("tailLines=2", "a\nb\nc\n", "b\nc\n"),
            ("tailLines=2", "a\nb\nc", "b\nc"), ("tailLines=3", "a\nb\nc\n", "a\nb\nc\n"),
            ("tailLines=9", "a\nb\n", "a\nb\n"), ("tailLines=0", "a\nb\n", ""), ("tailLines=1", "", ""),
            ("limitBytes=3", "a\nb\nc\n", "a\nb"), ("tailLines=2&limitBytes=1", "a\nb\nc\n", "b"),
        ])
    func cuts(parameters: String, output: String, expected: String) throws {
        let query = try #require(Self.query("/containerLogs/n/p/c?\(parameters)"))
        #expect(String(decoding: query.excerpt(of: Array(output.utf8)), as: UTF8.self) == expected)
    }

    @Test func answersOnlyForOutputThatIsThere() throws {
        let query = try #require(Self.query("/containerLogs/n/p/c"))
        #expect(query.response([]).status == .ok)
        #expect(query.response(nil).status == .badRequest)
    }
}
