// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import KubeletCertificates
public import PKI

extension IPNetwork: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension SubjectAlternativeName: ExpressibleByArgument {
    public init?(argument: String) {
        guard let parsed = try? Self.parse(argument) else { return nil }
        self = parsed
    }
}
