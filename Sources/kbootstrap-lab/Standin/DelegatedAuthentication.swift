// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// Finds out who a caller is, as an extension API server does: by front-proxy headers, else by client certificate,
/// else by token, else nobody in particular.
///
/// One way that fails does not stop the next; but a caller that showed credentials of which none held is refused,
/// never taken for anonymous.
struct DelegatedAuthentication: Sendable {
    let trust: FollowedTrust
    let reviews: Reviews

    func caller(of request: ServedRequest) async throws(AuthenticationRefusal) -> Caller {
        let trust = trust.current
        var refusals: [AuthenticationRefusal] = []
        do throws(AuthenticationRefusal) {
            if let caller = try RequestHeaderAuthentication(trust: trust).caller(of: request) {
                return caller.authenticated
            }
        } catch { refusals.append(error) }
        do throws(AuthenticationRefusal) {
            if let caller = try ClientCertificateAuthentication(trust: trust).caller(of: request) {
                return caller.authenticated
            }
        } catch { refusals.append(error) }
        do throws(AuthenticationRefusal) {
            if let caller = try await callerByToken(request) { return caller.authenticated }
        } catch { refusals.append(error) }
        guard refusals.isEmpty else { throw .aggregate(refusals) }
        return .anonymous
    }

    private func callerByToken(_ request: ServedRequest) async throws(AuthenticationRefusal) -> Caller? {
        guard let token = request.bearerToken else { return nil }
        let caller: Caller?
        do { caller = try await reviews.caller(ofToken: token) } catch {
            throw AuthenticationRefusal(reason: error.text)
        }
        guard let caller else { throw AuthenticationRefusal(reason: "invalid bearer token") }
        return caller
    }
}

extension ServedRequest {
    var bearerToken: String? {
        guard let header = head.headers.first(name: "authorization") else { return nil }
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }
}
