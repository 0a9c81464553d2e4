// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import MetricsServer

extension MetricsServerRelease: ExpressibleByArgument {
    public init?(argument: String) {
        guard let release = MetricsServerRelease.named(argument) else { return nil }
        self = release
    }

    public static var allValueStrings: [String] { all.map(\.version) }
}
