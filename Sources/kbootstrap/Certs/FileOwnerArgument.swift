// SPDX-License-Identifier: Apache-2.0

public import AggregationLayer
public import ArgumentParser

extension FileOwner: ExpressibleByArgument {
    /// `user:group`, `user` (that user's primary group), or numbers.
    public init?(argument: String) {
        guard let owner = try? FileOwner(named: argument) else { return nil }
        self = owner
    }
}
