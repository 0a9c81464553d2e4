// SPDX-License-Identifier: Apache-2.0

/// When something that waits may ask the API server again: one round in two seconds on average, whatever it answers.
///
/// A change after a quiet time is looked at without delay. Changes that come at once, again and again, are not.
struct RoundPace: Sendable {
    /// From the beginning of one round to that of the next, on average. Metrics cannot be watched: it is also how often
    /// they are looked at.
    static let interval = Duration.seconds(2)

    /// When the next round is due by the average.
    private var due: ContinuousClock.Instant

    /// - Parameter start: when the first round begins.
    init(startingAt start: ContinuousClock.Instant) { due = start + Self.interval }

    /// Counts a round that begins as soon as it is due.
    ///
    /// - Returns: when that is; `now` or later.
    mutating func next(from now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        begin(at: max(now, due))
    }

    /// Counts a round that begins when it is due, or at `limit` if that is sooner.
    ///
    /// Who has no time left for a whole interval looks once more without it. Who does so again waits for both.
    ///
    /// - Returns: when it begins; `now` or later.
    mutating func next(from now: ContinuousClock.Instant, by limit: ContinuousClock.Instant) -> ContinuousClock.Instant
    {
        begin(at: max(now, min(due, max(limit, due - Self.interval))))
    }

    /// Counts a round that begins now.
    ///
    /// - Returns: false, and counts none, where it is not due yet.
    mutating func beginsIfDue(at now: ContinuousClock.Instant) -> Bool {
        guard due <= now else { return false }
        _ = begin(at: now)
        return true
    }

    /// A quiet time saves one round at most.
    private mutating func begin(at moment: ContinuousClock.Instant) -> ContinuousClock.Instant {
        due = max(due, moment - Self.interval) + Self.interval
        return moment
    }
}
