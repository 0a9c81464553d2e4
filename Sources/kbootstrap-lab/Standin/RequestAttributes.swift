// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// What a request is about, in the terms that authorization is asked in.
struct RequestAttributes: Sendable {
    let action: Reviews.Action

    init(_ request: ServedRequest) {
        let segments = request.path.split(separator: "/").map(String.init)
        guard segments.first == "apis", segments.count > 3 else {
            action = .path(verb: request.head.method.rawValue.lowercased(), path: request.path)
            return
        }
        var rest = segments[3...]
        var wanted = Reviews.ResourceAction(verb: "", group: segments[1], version: segments[2], resource: "")
        if rest.first == "namespaces", rest.count > 2 {
            wanted.namespace = rest.removeFirst(2)
        }
        wanted.resource = rest.popFirst() ?? ""
        wanted.name = rest.popFirst() ?? ""
        wanted.subresource = rest.popFirst() ?? ""
        wanted.verb = Self.verb(request, isOne: !wanted.name.isEmpty)
        action = .resource(wanted)
    }

    private static func verb(_ request: ServedRequest, isOne: Bool) -> String {
        switch request.head.method {
        case .GET, .HEAD:
            isOne ? "get" : request.parameter("watch").map { ["true", "1"].contains($0) } == true ? "watch" : "list"
        case .POST: "create"
        case .PUT: "update"
        case .PATCH: "patch"
        case .DELETE: isOne ? "delete" : "deletecollection"
        default: request.head.method.rawValue.lowercased()
        }
    }

    /// The sentence that a refusal of this request is written in.
    func refusal(of caller: Caller) -> String {
        let user = "User \(caller.name.quotedAsInGo) cannot"
        switch action {
        case .path(let verb, let path): return "\(user) \(verb) path \(path.quotedAsInGo)"
        case .resource(let wanted):
            let resource = wanted.subresource.isEmpty ? wanted.resource : "\(wanted.resource)/\(wanted.subresource)"
            let scope =
                wanted.namespace.isEmpty ? "at the cluster scope" : "in the namespace \(wanted.namespace.quotedAsInGo)"
            return "\(user) \(wanted.verb) resource \(resource.quotedAsInGo) in API group "
                + "\(wanted.group.quotedAsInGo) \(scope)"
        }
    }
}

extension RangeReplaceableCollection where Element == String, SubSequence == Self {
    /// Takes the first `count` elements off; the last of them.
    fileprivate mutating func removeFirst(_ count: Int) -> String {
        var last = ""
        for _ in 0..<count { last = popFirst() ?? last }
        return last
    }
}
