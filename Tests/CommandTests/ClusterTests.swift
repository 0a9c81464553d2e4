// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

private let sessionsFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "ClusterSessions")

/// The commands against a real etcd, kube-apiserver and sample-apiserver, each session in a lab of its own.
@Suite struct ClusterTests {
    @Test(arguments: try Session.all(in: sessionsFolder).filter { !$0.needsRealNode }.sorted { $0.waits && !$1.waits })
    func session(_ session: Session) async throws { try await play(session) }
}

/// The same on the real kubelet, containerd and runc. Skipped, with the reason, where those cannot run: they need root.
@Suite(.serialized) struct RealNodeTests {
    @Test(
        .enabled(if: Binaries.reasonAgainstRealNode == nil, Comment(rawValue: Binaries.reasonAgainstRealNode ?? "")),
        arguments: try Session.all(in: sessionsFolder).filter(\.needsRealNode))
    func session(_ session: Session) async throws { try await play(session) }
}

/// Plays a session in one of the places; one that differs is played again with the machine to itself, since each lab is
/// half a dozen servers whose own timeouts a crowded machine decides. That is printed, and counted as a known issue.
private func play(_ session: Session) async throws {
    if let reason = session.reasonToSkip { return SessionReport.tell("skipped", session, reason) }
    let missing = session.needs.filter { !Binaries.isOnPath($0) }
    try #require(
        missing.isEmpty, "\(session.name) needs \(missing.joined(separator: ", ")); scripts/test installs them")
    try #require(session.lab != nil, "\(session.name) says no lab")
    let places = LabPlaces.shared
    let differences = try await places.inside(.one(waits: session.waits)) {
        try await SessionReport.timed(session) { try await SessionRunner(session: session).play() }
    }
    guard !differences.isEmpty else { return SessionReport.keepProof(of: session) }
    withKnownIssue("\(session.name) differed beside others: it is played again, alone") {
        for difference in differences { Issue.record(difference) }
    }
    let again = try await places.inside(.all) {
        try await SessionReport.timed(session) { try await SessionRunner(session: session).play() }
    }
    for difference in again { Issue.record(difference) }
    if again.isEmpty { SessionReport.keepProof(of: session) }
}
