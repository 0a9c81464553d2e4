// SPDX-License-Identifier: Apache-2.0

import Foundation
import PKI
import Testing

@testable import kbootstrap_lab

/// Real TLS on the loopback device, between the scraper's connection and simulated kubelets.
@Suite struct ScrapeTests {
    private static let address = "127.0.0.1"

    /// What a scrape of a kubelet with `fault` comes to.
    private func scrape(
        _ fault: KubeletFault?, release: StandinRelease = .newest, token: String? = "token", verifying: Bool = true,
        timeout: Duration = .seconds(20)
    ) async throws -> Result<String, ScrapeFailure> {
        let authority = try CertificateAuthority.create(
            CertificateProfile(commonName: "kubernetes", purpose: .authority, days: 2),
            key: try PrivateKey.generate(.ecdsaP256))
        let root = authority.certificate
        let certificates = KubeletServingCertificates(authority: authority)
        let kubelet = SimulatedKubelet(
            node: "worker-0", address: Self.address, port: 0,
            identity: try certificates.identity(node: "worker-0", address: Self.address, fault: fault), fault: fault,
            admission: .anyToken, seed: 1, pods: { [] }, log: Lines().log)
        let connection = try KubeletConnection(
            authorities: verifying ? [root] : nil, clientCertificate: nil, timeout: timeout, release: release
        ) { token }
        let (ports, signal) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Result<String, ScrapeFailure>?.self) { group in
            group.addTask {
                try await kubelet.run { signal.yield($0) }
                return nil
            }
            group.addTask {
                for await port in ports {
                    do throws(ScrapeFailure) {
                        let text = try await connection.get(host: Self.address, port: port, path: "/metrics/resource")
                        return .success(text)
                    } catch {
                        var failure = error
                        failure.text = error.text.replacingOccurrences(of: ":\(port)", with: ":PORT")
                        return .failure(failure)
                    }
                }
                return nil
            }
            defer { group.cancelAll() }
            return try #require(try await group.next() ?? nil)
        }
    }

    private static let get = #"Get "https://127.0.0.1:PORT/metrics/resource": "#
    private static let verification = get + "tls: failed to verify certificate: x509: "

    @Test func aHealthyKubeletTells() async throws {
        let text = try await scrape(nil).get()
        #expect(text.contains("\nnode_cpu_usage_seconds_total "))
        #expect(try ResourceMetricsText.parse(text, node: "worker-0", receivedAt: 0).nodes.keys.contains("worker-0"))
    }

    @Test(
        arguments: [
            (.certificateWrongAddress, verification + "certificate is valid for 192.0.2.1, not 127.0.0.1"),
            (
                .certificateNamesOnly,
                verification + "cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"
            ),
            (
                .certificateSelfSigned,
                verification + "cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"
            ),
            (.certificateOtherAuthority, verification + "certificate signed by unknown authority"),
            (.noServingCertificate, get + "remote error: tls: internal error"),
            (.notTLS, get + "http: server gave HTTP response to HTTPS client"),
            (.unauthorized, #"request failed, status: "401 Unauthorized""#),
            (.forbidden, #"request failed, status: "403 Forbidden""#),
        ] as [(KubeletFault, String)])
    func faultsAreToldAsGoTellsThem(fault: KubeletFault, message: String) async throws {
        guard case .failure(let failure) = try await scrape(fault) else {
            Issue.record("the scrape succeeded")
            return
        }
        #expect(failure.text == message)
        #expect(!failure.isTimeout)
    }

    @Test func olderReleasesNameNoTLSStep() async throws {
        guard
            case .failure(let failure) = try await scrape(.certificateOtherAuthority, release: StandinRelease(0, 6, 1))
        else {
            Issue.record("the scrape succeeded")
            return
        }
        #expect(failure.text == Self.get + "x509: certificate signed by unknown authority")
    }

    @Test func anExpiredCertificateIsTold() async throws {
        guard case .failure(let failure) = try await scrape(.certificateExpired) else {
            Issue.record("the scrape succeeded")
            return
        }
        #expect(failure.text.contains("certificate has expired or is not yet valid: current time "))
    }

    @Test(arguments: [KubeletFault.certificateWrongAddress, .certificateSelfSigned, .certificateExpired])
    func insecureTLSTakesAnyCertificate(fault: KubeletFault) async throws {
        #expect(try await scrape(fault, verifying: false).get().contains("node_cpu_usage_seconds_total"))
    }

    @Test func noTokenIsUnauthorized() async throws {
        guard case .failure(let failure) = try await scrape(nil, token: nil) else {
            Issue.record("the scrape succeeded")
            return
        }
        #expect(failure.text == #"request failed, status: "401 Unauthorized""#)
    }

    @Test func aSlowKubeletRunsOutOfTime() async throws {
        guard case .failure(let failure) = try await scrape(.slow, timeout: .milliseconds(500)) else {
            Issue.record("the scrape succeeded")
            return
        }
        #expect(failure.text == Self.get + "context deadline exceeded")
        #expect(failure.isTimeout)
    }

    @Test func nothingThereIsConnectionRefused() async throws {
        let connection = try KubeletConnection(
            authorities: nil, clientCertificate: nil, timeout: .seconds(20), release: .newest
        ) { nil }
        do throws(ScrapeFailure) {
            // Port 1 is tcpmux's, which nobody runs.
            _ = try await connection.get(host: Self.address, port: 1, path: "/metrics/resource")
            Issue.record("the scrape succeeded")
        } catch {
            #expect(
                error.text
                    == #"Get "https://127.0.0.1:1/metrics/resource": dial tcp 127.0.0.1:1: connect: connection refused"#
            )
        }
    }
}
