// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

private let sessionsFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "ClusterSessions")

/// The commands against a real etcd, kube-apiserver and sample-apiserver, each session in a lab of its own.
@Suite(.serialized) struct ClusterTests {
    @Test(arguments: try Session.all(in: sessionsFolder).filter { !$0.waits })
    func session(_ session: Session) async throws { try await play(session) }
}

/// The same for sessions that mostly wait, such as for what kube-apiserver does once a minute: they run beside the others.
@Suite struct WaitingClusterTests {
    @Test(arguments: try Session.all(in: sessionsFolder).filter(\.waits))
    func session(_ session: Session) async throws { try await play(session) }
}

private func play(_ session: Session) async throws {
    let missing = session.needs.filter { !Binaries.isOnPath($0) }
    try #require(
        missing.isEmpty, "\(session.name) needs \(missing.joined(separator: ", ")); scripts/test installs them")
    try #require(session.lab != nil, "\(session.name) says no lab")
    try await SessionRunner(session: session).play()
}
