// SPDX-License-Identifier: Apache-2.0

/// The exit codes that `--help` promises.
enum ExitStatus: Int32, Error {
    case done = 0
    /// It could not be done: no kubeconfig, an unreadable file, a refused change.
    case failed = 1
    /// Verification found a failure, of which an API server that does not answer is one; `--diff` a difference; or
    /// something was left undone for a reason that is named.
    case unhealthy = 2
    /// EX_USAGE of sysexits.h.
    case usage = 64
    /// 128 + SIGINT, as shells report it.
    case interrupted = 130

    static let help = """
        Exit status: 0 done, or all checks passed; 1 it could not be done; 2 verification found a failure, --diff a \
        difference, or something was left undone for a reason that is named; 64 wrong usage; 130 interrupted.
        """
}
