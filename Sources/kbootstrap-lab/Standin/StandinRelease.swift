// SPDX-License-Identifier: Apache-2.0

/// A release of metrics-server, as its image's tag and its own `--version` tell it.
struct StandinRelease: Sendable, Equatable {
    let major, minor, patch: Int

    /// Tells the stand-in which release to stand in for (Tests/Lab/metrics-server/release.go).
    static let environmentVariable = "KBOOTSTRAP_LAB_RELEASE"

    /// `0.9.0`, `v0.9.0`; nil for anything else.
    init?(_ text: String) {
        let numbers = text.drop { $0 == "v" }.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2] else {
            return nil
        }
        (self.major, self.minor, self.patch) = (major, minor, patch)
    }
}
