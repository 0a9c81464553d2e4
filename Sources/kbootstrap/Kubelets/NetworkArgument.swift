// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import KubeletCertificates

extension IPNetwork: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
