// SPDX-License-Identifier: Apache-2.0

/// Text that must not show: printing, interpolating or dumping it says only that there is one.
struct Secret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    let value: String

    var description: String { "(secret)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// How a request says who is calling, beside a client certificate.
enum Credential: Sendable, Equatable {
    case none
    case token(Secret)
    /// Read again for every minute's requests, as client-go does: projected tokens change. The second is the token
    /// that stands beside it, which client-go takes while the file cannot be read.
    case tokenFile(String, otherwise: Secret?)
    case basic(user: String, password: Secret)
    case plugin(ExecPlugin)
}

/// A client certificate with its key, as PEM.
struct ClientIdentity: Sendable, Equatable {
    /// Where the two are from, for who has to mend them.
    struct Source: Sendable, Equatable {
        let certificate: String
        let key: String
        /// What to type where they are not fit for use.
        let hint: String
    }

    let certificate: [UInt8]
    let key: Secret
    let source: Source
}

/// How the API server's certificate is judged.
enum ServerTrust: Sendable, Equatable {
    /// By the machine's own roots, as kubectl does where the kubeconfig names none.
    case system
    case authorities([UInt8], source: Source)
    case unverified

    /// Where the authorities are from, and what to type where they cannot be read.
    struct Source: Sendable, Equatable {
        let name: String
        let hint: String
    }
}
