// SPDX-License-Identifier: Apache-2.0

public import AggregationLayer
public import ArgumentParser

extension Lifetime: ExpressibleByArgument {
    public init?(argument: String) { self.init(text: argument) }

    public var defaultValueDescription: String { "\(Int(seconds / 86400))" }
}
