// SPDX-License-Identifier: Apache-2.0

/// What a claim or a finding is about. Two sentences contradict each other only where they speak of the same thing.
public enum Subject: Sendable, Hashable, Codable {
    /// The cluster as a whole, as its one published state shows it.
    case cluster
    /// One API server, by its address and port.
    case apiServer(String)
    /// One pod, by its name.
    case pod(String)
    /// One Node, by its name.
    case node(String)
    /// A file of this host, by its path.
    case file(String)
}
