// SPDX-License-Identifier: Apache-2.0

/// What was built. `builtCommit` is written by the BuildInfo plugin.
enum BuildInfo {
    static let version = "0.1.0-dev (commit \(builtCommit))"
}
