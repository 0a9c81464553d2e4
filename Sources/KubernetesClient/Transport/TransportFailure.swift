// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

extension APIError {
    /// What an error of the transport means for the one who asked.
    static func transport(_ error: any Error, request: String, to connection: ClusterConnection) -> APIError {
        let server = connection.server
        if let proxy = connection.proxy, let failure = self.proxy(proxy, error, request: request, server: server) {
            return failure
        }
        switch error {
        case let error as APIError: return error
        case is CancellationError: return APIError(.cancelled, request: request, reason: "interrupted")
        case let error as HTTPClientError: return client(error, request: request, server: server)
        case let error as NIOConnectionError: return self.connection(error, request: request, server: server)
        case let error as ServerIdentity.Refusal:
            return APIError(
                .tls, request: request, reason: "\(error)",
                hint: "kubectl config view --minify   # server and tls-server-name: does the certificate name either?")
        case let error as NIOSSLError: return tls("\(error)", request: request)
        case let error as NIOSSLExtraError: return tls(error.description, request: request)
        case let error as IOError: return io(error.errnoCode, "\(error)", request: request, server: server)
        case is NIOTooManyBytesError:
            return APIError(
                .tooLarge, request: request, reason: "the answer is larger than is read",
                hint: "is \(server) a Kubernetes API server?")
        default:
            let text = "\(error)"
            if text.contains("stream ended at an unexpected time") || text.contains("invalidEOFState") {
                return closed(request)
            }
            // A CONNECT proxy's refusal and the pool's wrapping come as types of their own.
            return ["CERTIFICATE_VERIFY_FAILED", "handshake", "sslError"].contains(where: { text.contains($0) })
                ? tls(text, request: request) : APIError(.reset, request: request, reason: text, hint: again)
        }
    }

    private static func client(_ error: HTTPClientError, request: String, server: String) -> APIError {
        switch error {
        case .cancelled: APIError(.cancelled, request: request, reason: "interrupted")
        case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout:
            APIError(
                .timeout, request: request, reason: "no connection within the time given",
                hint: "is \(server) reachable from here? a firewall may drop the packets")
        case .deadlineExceeded, .readTimeout:
            APIError(
                .timeout, request: request, reason: "no answer within the time given",
                hint: "try again with a longer --request-timeout")
        case .remoteConnectionClosed, .uncleanShutdown: closed(request)
        default: APIError(.reset, request: request, reason: error.description, hint: again)
        }
    }

    private static func closed(_ request: String) -> APIError {
        APIError(
            .reset, request: request, reason: "the server closed the connection before it had answered", hint: again)
    }

    private static let again = "kubectl get --raw /readyz   # is the API server starting or stopping? then try again"

    private static func connection(_ error: NIOConnectionError, request: String, server: String) -> APIError {
        if let failed = error.connectionErrors.first {
            if let io = failed.error as? IOError {
                return self.io(io.errnoCode, "\(io)", request: request, server: server)
            }
            return APIError(
                .refused, request: request, reason: "\(failed.error)",
                hint: "is \(server) the right address, and reachable from here?")
        }
        return APIError(
            .nameNotFound, request: request, reason: "the name \(error.host) has no address",
            hint: "getent hosts \(error.host)")
    }

    private static func io(_ errno: CInt, _ text: String, request: String, server: String) -> APIError {
        switch errno {
        case 111:  // ECONNREFUSED
            APIError(
                .refused, request: request, reason: "connection refused: nothing listens there",
                hint: "systemctl status kube-apiserver   # on the control-plane host; is \(server) the right address?")
        case 113, 101:  // EHOSTUNREACH, ENETUNREACH
            APIError(
                .noRoute, request: request, reason: "no route to the host",
                hint: "is \(server) the right address, and reachable from here?")
        case 110:  // ETIMEDOUT
            APIError(
                .timeout, request: request, reason: "the connection timed out",
                hint: "is \(server) reachable from here? a firewall may drop the packets")
        case 104, 32:  // ECONNRESET, EPIPE
            APIError(.reset, request: request, reason: "the connection was reset by peer", hint: again)
        default: APIError(.reset, request: request, reason: text, hint: again)
        }
    }

    private static func tls(_ whole: String, request: String) -> APIError {
        // BoringSSL's reason, without the place in its source.
        let text = whole.firstMatch(of: /OPENSSL_internal:([A-Z0-9_]+)/).map { String($0.output.1) } ?? whole
        let reason: String
        let hint: String
        if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidateCertificate") {
            reason = "the server's certificate does not verify: not signed by the kubeconfig's CA, or outside its dates"
            hint = "kubectl config view --minify   # is certificate-authority this cluster's? and: date"
        } else if text.contains("PROTOCOL_VERSION") || text.contains("UNSUPPORTED_PROTOCOL") {
            reason = "the server speaks no TLS 1.2 or newer"
            hint = "is this the address of an API server? TLS 1.0 and 1.1 are refused"
        } else if text.contains("ALERT") {
            reason = "the server refused the TLS handshake: \(text)"
            hint = "kubectl config view --minify   # is the client certificate this cluster's?"
        } else if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            reason = "what answers there does not speak TLS"
            hint = "check the port of `server` in the kubeconfig"
        } else {
            reason = "the TLS handshake failed: \(text)"
            hint = "is this the address of an API server?"
        }
        return APIError(.tls, request: request, reason: reason, hint: hint)
    }
}
