// SPDX-License-Identifier: Apache-2.0

/// The release of metrics-server that is stood in for. Releases differ in flags, readiness and wording.
struct StandinRelease: Sendable, Comparable, CustomStringConvertible {
    let major, minor, patch: Int

    /// Which release to stand in for, for want of an image that would say so.
    static let environmentVariable = "KBOOTSTRAP_LAB_RELEASE"
    static let newest = StandinRelease(0, 9, 0)

    init(_ major: Int, _ minor: Int, _ patch: Int) { (self.major, self.minor, self.patch) = (major, minor, patch) }

    /// `0.9.0`, `v0.9.0`; nil for anything else.
    init?(_ text: String) {
        let numbers = text.drop { $0 == "v" }.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2] else {
            return nil
        }
        self.init(major, minor, patch)
    }

    /// From 0.9 on, metrics of nodes alone are not enough to be ready.
    var needsPodMetricsToBeReady: Bool { self >= StandinRelease(0, 9, 0) }

    /// From 0.9 on, failures to scrape a node that is not ready are told at level 4 only.
    var isSilentAboutUnreadyNodes: Bool { self >= StandinRelease(0, 9, 0) }

    /// From 0.7 on, a scrape that ran out of time has a message of its own, and the time is a flag.
    var tellsScrapeTimeouts: Bool { self >= StandinRelease(0, 7, 0) }

    /// Releases built with Go 1.20 and later name the TLS step in certificate errors.
    var certificateErrorPrefix: String { self >= StandinRelease(0, 7, 0) ? "tls: failed to verify certificate: " : "" }

    /// From 0.8 on, which has Kubernetes 1.33's libraries.
    var structuresUnhandledErrors: Bool { self >= StandinRelease(0, 8, 0) }

    var description: String { "\(major).\(minor).\(patch)" }

    static func < (left: StandinRelease, right: StandinRelease) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
