// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix

extension APIError {
    /// What an error says of the proxy; nil where it is of what lies behind it.
    ///
    /// Behind a proxy no connection is made from here: each one that fails is one to the proxy.
    static func proxy(
        _ proxy: ProxyRoute, _ error: any Error, request: String, server: String
    ) -> APIError? {
        func failure(_ kind: Kind, _ reason: String) -> APIError {
            APIError(kind, request: request, reason: "\(proxy) \(reason)", hint: proxy.hint)
        }
        func io(_ errno: CInt) -> APIError? {
            switch errno {
            case 111: failure(.refused, "refused the connection: nothing listens there")
            case 113, 101: failure(.noRoute, "cannot be reached: no route to the host")
            case 110: failure(.timeout, "does not answer")
            default: nil
            }
        }
        switch error {
        case let error as NIOConnectionError:
            guard let failed = error.connectionErrors.first else {
                return failure(.nameNotFound, "has a name without an address")
            }
            return (failed.error as? IOError).flatMap { io($0.errnoCode) } ?? failure(.refused, "takes no connection")
        case let error as IOError: return io(error.errnoCode)
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout: return failure(.timeout, "does not answer within the time given")
            case .proxyAuthenticationRequired: return failure(.refused, "wants a user and password")
            case .invalidProxyResponse: return failure(.refused, "does not connect to \(server)")
            case .socksHandshakeTimeout, .httpProxyHandshakeTimeout:
                return failure(.timeout, "does not connect to \(server) within the time given")
            case .remoteConnectionClosed, .uncleanShutdown:
                return failure(.reset, "or the server behind it closed the connection")
            default: return nil
            }
        default:
            // NIOSOCKS' errors are types of a module that is not ours.
            guard String(reflecting: type(of: error)).contains("SOCKS") else { return nil }
            return failure(.refused, "does not connect to \(server)")
        }
    }
}
