// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KubernetesClient

@Suite struct PostponementsTests {
    private let nodes = APIRequest(path: "/api/v1/nodes")

    @Test("a request is put off for as long as the server asked, whoever makes it, and no other request is")
    func standing() throws {
        let postponements = Postponements()
        postponements.note(RawResponse(status: 429, contentType: "", body: [1], retryAfter: 100), to: nodes)
        let standing = try #require(
            postponements.standing(for: APIRequest(path: nodes.path, query: [("limit", "500")])))
        #expect(standing.wait > .seconds(90) && standing.wait <= .seconds(100))
        #expect(standing.said.status == 429 && standing.said.body == [1])
        #expect(postponements.standing(for: APIRequest(path: "/api/v1/pods")) == nil)
    }

    @Test(
        "what asks for nothing puts nothing off, and a day is the longest that is believed",
        arguments: [
            (200, 100, nil), (404, 100, nil), (503, 0, nil), (503, nil, nil), (504, 100, 100), (503, Int.max, 86_400),
        ] as [(Int, Int?, Int?)])
    func bounds(_ status: Int, _ retryAfter: Int?, _ longest: Int?) {
        let postponements = Postponements()
        postponements.note(RawResponse(status: status, contentType: "", body: [], retryAfter: retryAfter), to: nodes)
        let wait = postponements.standing(for: nodes)?.wait
        #expect((wait != nil) == (longest != nil))
        if let wait, let longest { #expect(wait <= .seconds(longest)) }
    }

    @Test(
        "what may be sent again when its answer got lost: what changes nothing, and what comes to the same twice",
        arguments: [
            (.get, "/api/v1/nodes", "", true),
            (.post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "application/json", true),
            (.post, "/api/v1/namespaces", "application/json", false),
            (.patch, "/api/v1/nodes/a", "application/apply-patch+yaml", true),
            (.patch, "/api/v1/nodes/a", "application/json-patch+json", false), (.delete, "/api/v1/nodes/a", "", false),
        ] as [(HTTPMethod, String, String, Bool)])
    func repeatable(_ method: HTTPMethod, _ path: String, _ type: String, _ expected: Bool) {
        #expect(APIRequest(method: method, path: path, contentType: type).isRepeatable == expected)
    }
}
