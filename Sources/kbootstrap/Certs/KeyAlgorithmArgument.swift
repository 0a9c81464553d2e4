// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import PKI

extension KeyAlgorithm: ExpressibleByArgument {
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
