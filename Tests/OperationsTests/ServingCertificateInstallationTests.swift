// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubernetesClient
import MetricsServer
import PKI
import Synchronization
import Testing

@testable import Operations
@testable import kbootstrap_lab

/// Each state that a run may find, left by an earlier one that ended anywhere, and what it does about it.
@Suite struct ServingCertificateInstallationTests {
    private static let secretPath = "/api/v1/namespaces/kube-system/secrets/metrics-server-serving-cert"
    private static let apiServicePath = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io"
    private static let servicePath = "/api/v1/namespaces/kube-system/services/metrics-server"
    private static let endpointsPath = "/api/v1/namespaces/kube-system/endpoints/metrics-server"

    private struct Outcome: Sendable {
        var bundle: [String] = []
        var told: [String] = []
    }

    /// One run, over the objects that the server has, or an APIService as it was before.
    private func run(
        _ server: ObjectServer, reading stale: JSONValue? = nil, renewing: Bool = false,
        cancellingAtSettling: Bool = false
    ) async throws -> Outcome {
        try await server.with { client in
            var installation = ServingCertificateInstallation(
                client: client, server: ServerVersion(major: 1, minor: 31, gitVersion: "v1.31.0"),
                options: ApplyOptions(), namespace: "kube-system", days: 90)
            installation.settling = cancellingAtSettling ? .seconds(600) : .zero
            let prepared = installation
            let told = Told()
            let task = Task {
                try await prepared.prepare(
                    secret: server.object(Self.secretPath), apiService: stale ?? server.object(Self.apiServicePath),
                    renewing: renewing
                ) { told.add($0) }
            }
            if cancellingAtSettling {
                for await _ in told.settling { break }
                task.cancel()
            }
            let bundle = try await task.value
            return Outcome(bundle: try Self.authorities(bundle), told: told.words)
        }
    }

    private static func authorities(_ bundle: String?) throws -> [String] {
        try bundle.map { try Certificate.read(pem: Array($0.utf8)).map(\.pem) } ?? []
    }

    private static func trusted(_ server: ObjectServer) throws -> [String] {
        try authorities(TrustedBundle(server.object(apiServicePath), namespace: "kube-system").text)
    }

    private static func minted(daysAgo: Double = 0) throws -> MintedServingCertificate {
        try .make(namespace: "kube-system", days: 90, now: Date().addingTimeInterval(-daysAgo * 86400))
    }

    /// What the Secret holds now.
    private static func kept(_ server: ObjectServer) -> KeptServingCertificate {
        KeptServingCertificate(server.object(secretPath), namespace: "kube-system")
    }

    // MARK: A first one, and none needed

    @Test("a first certificate is one write, and its CA the caBundle")
    func first() async throws {
        let server = ObjectServer()
        let outcome = try await run(server)
        #expect(server.writes == ["PATCH metrics-server-serving-cert"])
        #expect(outcome.told == ["Secret created"])
        #expect(Self.kept(server).flaw == nil)
        #expect(outcome.bundle == [try #require(Self.kept(server).authority?.pem)])
        // The run ended before the APIService: the next one finds the certificate, and says the same.
        let again = try await run(server)
        #expect(again.bundle == outcome.bundle && again.told.isEmpty)
        #expect(server.writes.count == 1)
    }

    @Test("a good certificate that is trusted alone is left as it is")
    func good() async throws {
        let minted = try Self.minted()
        let server = ObjectServer([
            Self.secretPath: .object(minted.secret()), Self.apiServicePath: .object(apiService(minted.authority)),
        ])
        let outcome = try await run(server)
        #expect(outcome.bundle == [minted.authority] && outcome.told.isEmpty)
        #expect(server.writes.isEmpty)
    }

    @Test("a Secret that may not be written is said to be what is needed")
    func forbidden() async throws {
        let server = ObjectServer([Self.secretPath: .refusal(403)])
        await #expect(throws: ServingCertificateError.self) { try await run(server) }
    }

    // MARK: Renewal

    @Test("near its end, first the caBundle gets the new CA beside the old, then the Secret the certificate")
    func renewal() async throws {
        let old = try Self.minted(daysAgo: 70)
        let server = ObjectServer([
            Self.secretPath: .object(old.secret()), Self.apiServicePath: .object(apiService(old.authority)),
        ])
        let outcome = try await run(server)
        #expect(server.writes == ["PATCH v1beta1.metrics.k8s.io", "PATCH metrics-server-serving-cert"])
        #expect(
            outcome.told == ["renewing: it ends on ", "APIService configured", "settling", "Secret configured"])
        let new = try #require(Self.kept(server).authority?.pem)
        #expect(new != old.authority && Self.kept(server).flaw == nil)
        #expect(outcome.bundle == [old.authority, new])
        #expect(try Self.trusted(server) == [old.authority, new])
        // Right after it, the old one may still be served.
        let next = try await run(server)
        #expect(next.told == ["overlapping"] && next.bundle == [old.authority, new])
        #expect(server.writes.count == 2)
    }

    @Test("while others write the APIService, the Secret keeps what it has")
    func conflict() async throws {
        let old = try Self.minted(daysAgo: 70)
        var changed = apiService(old.authority)
        changed["metadata"]["resourceVersion"] = "10"
        let server = ObjectServer([
            Self.secretPath: .object(old.secret()), Self.apiServicePath: .object(changed),
        ])
        let error = await #expect(throws: APIError.self) {
            try await run(server, reading: apiService(old.authority))
        }
        #expect(error?.statusCode == 409)
        #expect(server.writes == ["PATCH v1beta1.metrics.k8s.io"])
        #expect(try Self.trusted(server) == [old.authority])
    }

    @Test("whatever is trusted while a certificate is renewed stays trusted: another's CA, the former, the new")
    func union() async throws {
        let foreign = try Self.minted()
        let old = try Self.minted(daysAgo: 70)
        let server = ObjectServer([
            Self.secretPath: .object(old.secret()), Self.apiServicePath: .object(apiService(foreign.authority)),
        ])
        let outcome = try await run(server)
        let new = try #require(Self.kept(server).authority?.pem)
        #expect(outcome.bundle == [foreign.authority, old.authority, new])
        #expect(try Self.trusted(server) == outcome.bundle)
    }

    // MARK: Ended in between

    @Test("ended between caBundle and Secret: what is served stays trusted, and the next run renews")
    func interruptedRenewal() async throws {
        let old = try Self.minted(daysAgo: 70)
        let server = ObjectServer([
            Self.secretPath: .object(old.secret()), Self.apiServicePath: .object(apiService(old.authority)),
        ])
        await #expect(throws: CancellationError.self) { try await run(server, cancellingAtSettling: true) }
        #expect(server.writes == ["PATCH v1beta1.metrics.k8s.io"])
        let between = try Self.trusted(server)
        #expect(between.count == 2 && between.first == old.authority)
        #expect(Self.kept(server).authority?.pem == old.authority)

        let outcome = try await run(server)
        let new = try #require(Self.kept(server).authority?.pem)
        #expect(!between.contains(new) && Self.kept(server).flaw == nil)
        #expect(outcome.bundle == between + [new])
        #expect(try Self.trusted(server) == between + [new])
    }

    @Test("ended there although the certificate was good: the next run takes the CA that nobody will use away")
    func interruptedOnRequest() async throws {
        let old = try Self.minted(daysAgo: 1)
        let server = ObjectServer([
            Self.secretPath: .object(old.secret()), Self.apiServicePath: .object(apiService(old.authority)),
        ])
        await #expect(throws: CancellationError.self) {
            try await run(server, renewing: true, cancellingAtSettling: true)
        }
        #expect(try Self.trusted(server).count == 2)
        let outcome = try await run(server)
        #expect(outcome.bundle == [old.authority] && outcome.told.isEmpty)
        #expect(server.writes.count == 1)
    }

    @Test("ended after the Secret: both are trusted already, and stay so for an hour where pods cannot be seen")
    func interruptedAfterSecret() async throws {
        let old = try Self.minted(daysAgo: 70)
        for (age, left) in [(0.0, 2), (0.5 / 24, 2), (2.0 / 24, 1)] {
            let new = try Self.minted(daysAgo: age)
            let server = ObjectServer([
                Self.secretPath: .object(new.secret()),
                Self.apiServicePath: .object(apiService(old.authority + new.authority)),
            ])
            let outcome = try await run(server)
            #expect(outcome.bundle == (left == 1 ? [new.authority] : [old.authority, new.authority]), "\(age)")
            #expect(outcome.told == (left == 1 ? [] : ["overlapping"]))
            #expect(server.writes.isEmpty)
        }
    }

    // MARK: What pods serve

    @Test("where pods can be seen, what they serve decides, and not the time", arguments: [true, false])
    func seen(_ servesNew: Bool) async throws {
        let old = try Self.minted(daysAgo: 70)
        // Young where it is served already, and two hours old where it is not: time alone would say the opposite.
        let new = try Self.minted(daysAgo: servesNew ? 0 : 2.0 / 24)
        let server = ObjectServer([
            Self.secretPath: .object(new.secret()),
            Self.apiServicePath: .object(apiService(old.authority + new.authority)),
            Self.servicePath: .object([
                "apiVersion": "v1", "kind": "Service", "spec": ["ports": [["name": "https", "port": 443]]],
            ]),
        ])
        let outcome = try await serving(servesNew ? new : old, { _ in .text("ok") }) { port in
            server.keep(
                Self.endpointsPath,
                [
                    "apiVersion": "v1", "kind": "Endpoints",
                    "subsets": [
                        ["addresses": [["ip": "127.0.0.1"]], "ports": [["name": "https", "port": .int(Int64(port))]]]
                    ],
                ])
            return try await run(server)
        }
        #expect(outcome.bundle == (servesNew ? [new.authority] : [old.authority, new.authority]))
        #expect(outcome.told == (servesNew ? [] : ["overlapping"]))
    }

    // MARK: Of others

    @Test("a caBundle without the certificate's CA verifies nothing that is served: it is replaced")
    func foreignBundle() async throws {
        let minted = try Self.minted()
        for text in [try Self.minted().authority, "not PEM"] {
            let server = ObjectServer([
                Self.secretPath: .object(minted.secret()), Self.apiServicePath: .object(apiService(text)),
            ])
            let outcome = try await run(server)
            #expect(outcome.bundle == [minted.authority] && outcome.told.isEmpty)
            #expect(server.writes.isEmpty)
        }
    }

    @Test("a Secret that cannot be read is made anew, and said to be; who may not replace it is stopped")
    func foreignSecret() async throws {
        var foreign = try Self.minted().secret()
        foreign["data"] = ["password": "eA=="]
        foreign["metadata"]["managedFields"] = [["manager": "kubectl-create"]]
        let server = ObjectServer([Self.secretPath: .object(foreign)])
        let outcome = try await run(server)
        #expect(
            outcome.told == [
                "renewing: the Secret holds no certificate and CA that can be read", "Secret configured",
            ])
        #expect(Self.kept(server).flaw == nil)
        // LiveObjects stops an install before it comes to this, unless it may adopt.
        #expect(ObjectOwner(foreign) == .other("field manager kubectl-create"))
    }
}

/// What a run says, in words.
private final class Told: Sendable {
    /// One value when the wait for API servers begins.
    let settling: AsyncStream<Void>
    private let reached: AsyncStream<Void>.Continuation
    private let lines = Mutex<[String]>([])

    init() { (settling, reached) = AsyncStream.makeStream(of: Void.self) }

    var words: [String] { lines.withLock { $0 } }

    func add(_ step: ServingCertificateInstallation.Step) {
        let word =
            switch step {
            case .applied(let applied): "\(applied.reference.type.kind) \(applied.outcome.rawValue)"
            case .renewing(let why): "renewing: " + why.prefix { !$0.isNumber }
            case .settling: "settling"
            case .overlapping: "overlapping"
            }
        lines.withLock { $0.append(word) }
        if case .settling = step { reached.yield() }
    }
}
