// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// The Status object that a Kubernetes API answers failures with.
struct StatusObject: Sendable {
    let code: HTTPResponseStatus
    let reason: String
    let message: String
    var details: [String: String] = [:]

    static let unauthorized = StatusObject(code: .unauthorized, reason: "Unauthorized", message: "Unauthorized")

    static func forbidden(_ attributes: RequestAttributes, because sentence: String) -> StatusObject {
        guard case .resource(let wanted) = attributes.action else {
            return StatusObject(code: .forbidden, reason: "Forbidden", message: "forbidden: \(sentence)")
        }
        let resource = "\(wanted.resource).\(wanted.group)"
        let subject = wanted.name.isEmpty ? resource : "\(resource) \(wanted.name.quotedAsInGo)"
        var details = ["group": wanted.group, "kind": wanted.resource]
        if !wanted.name.isEmpty { details["name"] = wanted.name }
        return StatusObject(
            code: .forbidden, reason: "Forbidden", message: "\(subject) is forbidden: \(sentence)", details: details)
    }

    static func notFound(_ resource: String, group: String = "", name: String) -> StatusObject {
        let qualified = group.isEmpty ? resource : "\(resource).\(group)"
        var details = ["kind": resource, "name": name]
        if !group.isEmpty { details["group"] = group }
        return StatusObject(
            code: .notFound, reason: "NotFound", message: "\(qualified) \(name.quotedAsInGo) not found",
            details: details)
    }

    static let methodNotAllowed = StatusObject(
        code: .methodNotAllowed, reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource")

    static func badRequest(_ message: String) -> StatusObject {
        StatusObject(code: .badRequest, reason: "BadRequest", message: message)
    }

    var response: ServedResponse {
        var json = JSONText()
        json.raw(#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"#)
        json.string(message)
        json.raw(",\"reason\":")
        json.string(reason)
        if !details.isEmpty {
            json.raw(",\"details\":")
            json.object(details)
        }
        json.raw(",\"code\":\(code.code)}\n")
        return .json(json.buffer, status: code)
    }
}
