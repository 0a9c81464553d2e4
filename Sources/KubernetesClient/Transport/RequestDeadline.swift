// SPDX-License-Identifier: Apache-2.0

/// When all requests of a task are to have ended, whatever time each may take by itself.
public enum RequestDeadline {
    /// nil for no such moment.
    @TaskLocal public static var current: ContinuousClock.Instant?
}
