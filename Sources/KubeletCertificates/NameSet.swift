// SPDX-License-Identifier: Apache-2.0

internal import PKI

/// Names and addresses that others are held against, as Go's verification of names compares them.
struct NameSet: Sendable {
    private let addresses: Set<IPAddress>
    /// Folded; the leftmost label may be `*`.
    private let names: Set<String>

    /// - Parameter listed: what is neither a DNS name nor an address is passed over.
    init(_ listed: [SubjectAlternativeName]) {
        addresses = Set(listed.compactMap { if case .ip(let bytes) = $0 { IPAddress(bytes) } else { nil } })
        names = Set(
            listed.compactMap { if case .dns(let name) = $0 { KubeletCertificateNameBounds.folded(name) } else { nil } }
        )
    }

    func contains(_ address: IPAddress) -> Bool { addresses.contains(address) }

    /// - Parameter name: folded.
    func contains(_ name: String) -> Bool {
        names.contains(name) || name.firstIndex(of: ".").map { names.contains("*" + name[$0...]) } == true
    }
}
