// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// How often a request that was left is looked at again: half as often each time, so that one that stays as it is costs
/// the API server next to nothing.
enum RetryBackoff {
    /// A kubelet asks as soon as it knows its addresses, and its Node may learn them ten seconds later (kubelet,
    /// nodeStatusUpdateFrequency).
    static let round = Duration.seconds(10)
    /// Up to 32 rounds, which is some five minutes.
    private static let mostDoublings = 5

    /// Whether a request is looked at in a round. Requests meet in the same rounds, which share a reading of the Nodes.
    ///
    /// - Parameter looks: how often it was looked at again already.
    static func isDue(after looks: Int, in round: Int) -> Bool {
        round.isMultiple(of: 1 << min(looks, mostDoublings))
    }
}

/// The requests that are still pending, each with what was told about it, and those that wait for the signer.
struct PendingRequestQueue {
    private struct Left {
        let request: KubeletCertificateRequest
        var told: [String]?
        var looks = 0
    }

    /// How old the Nodes that a request is judged by may be: the many requests of a starting cluster share one reading.
    private static let freshness = Duration.seconds(3)

    private let approval: KubeletCertificateApproval
    private let tell: @Sendable (KubeletCertificateDecision) -> Void
    private var pending: [String: Left] = [:]
    /// Approved since they were seen here, by name.
    private var unsigned: [String: (request: KubeletCertificateRequest, since: ContinuousClock.Instant)] = [:]
    private var round = 0
    private var judge: (value: KubeletCertificateRequestJudge, read: ContinuousClock.Instant)?

    init(approval: KubeletCertificateApproval, tell: @escaping @Sendable (KubeletCertificateDecision) -> Void) {
        self.approval = approval
        self.tell = tell
    }

    mutating func take(_ request: KubeletCertificateRequest) async {
        guard request.state == .pending else { return await follow(request) }
        // A watch that begins again tells of everything again.
        guard let left = pending[request.name] else {
            pending[request.name] = Left(request: request)
            return await decide(request)
        }
        // What is asked for cannot change (CertificateSigningRequestSpec is immutable): the next round has time for it.
        if left.request.version != request.version { pending[request.name] = Left(request: request, told: left.told) }
    }

    mutating func forget(_ name: String) {
        pending[name] = nil
        unsigned[name] = nil
    }

    /// What became of one that was pending here; what was decided before is nobody's news.
    private mutating func follow(_ request: KubeletCertificateRequest) async {
        let wasPending = pending.removeValue(forKey: request.name) != nil
        let wasUnsigned = unsigned.removeValue(forKey: request.name)
        guard wasPending || wasUnsigned != nil else { return }
        switch request.state {
        case .pending, .issued: break
        case .approved: unsigned[request.name] = (request, wasUnsigned?.since ?? .now)
        case .denied, .failed: await tellStuck(request)
        }
    }

    private mutating func tellStuck(_ request: KubeletCertificateRequest) async {
        do throws(APIError) { tell(.stuck(try await current().judge(request))) } catch { tell(.waiting(error)) }
    }

    mutating func lookAgain() async {
        round += 1
        let late = unsigned.values.filter { ContinuousClock.now - $0.since > .seconds(KubeletRequestState.patience) }
        for request in late.map(\.request).sorted(by: { $0.name < $1.name }) {
            unsigned[request.name] = nil
            await tellStuck(request)
        }
        let due = pending.values.filter { RetryBackoff.isDue(after: $0.looks, in: round) }.map(\.request)
        guard !due.isEmpty else { return }
        do throws(APIError) { _ = try await current() } catch { return tell(.waiting(error)) }
        for request in due.sorted(by: { $0.name < $1.name }) {
            pending[request.name]?.looks += 1
            await decide(request)
        }
    }

    private mutating func decide(_ request: KubeletCertificateRequest) async {
        do throws(APIError) {
            let verdict = try await approval.approve(try await current().judge(request))
            if verdict.request.state == .pending {
                if pending[request.name]?.told != verdict.reasons { tell(.left(verdict)) }
                pending[request.name]?.told = verdict.reasons
            } else {
                forget(request.name)
                if verdict.request.state == .approved {
                    unsigned[request.name] = (verdict.request, .now)
                    tell(.approved(verdict))
                }
            }
        } catch {
            if error.isNotFound { forget(request.name) } else { tell(.waiting(error)) }
        }
    }

    private mutating func current() async throws(APIError) -> KubeletCertificateRequestJudge {
        if let judge, ContinuousClock.now - judge.read < Self.freshness { return judge.value }
        let read = ContinuousClock.now
        let fresh = try await approval.judge()
        judge = (fresh, read)
        return fresh
    }
}
