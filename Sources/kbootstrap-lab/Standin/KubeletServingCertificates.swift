// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import PKI

/// Makes the serving certificates of simulated kubelets, right ones and wrong ones.
struct KubeletServingCertificates: ~Copyable {
    private let authority: CertificateAuthority

    init(authority: consuming CertificateAuthority) { self.authority = authority }

    static func read(certificateFile: String, keyFile: String) throws -> KubeletServingCertificates {
        let certificates = try Certificate.read(pem: GoFile.read(certificateFile))
        let key = try PrivateKey.read(pem: GoFile.read(keyFile))
        return KubeletServingCertificates(
            authority: try CertificateAuthority.adopt(certificate: certificates[0], key: key))
    }

    /// What a kubelet of this node and address serves with.
    func identity(node: String, address: String, fault: KubeletFault?) throws -> ServingIdentity {
        let name = SubjectAlternativeName.dns(node)
        switch fault {
        case .certificateWrongAddress:
            // RFC 5737: an address for documentation, which no node has.
            return try issued(node, [name, .ip([192, 0, 2, 1])])
        case .certificateNamesOnly: return try issued(node, [name])
        case .certificateSelfSigned: return try .selfSigned(commonName: "\(node)@1", names: [name])
        case .certificateOtherAuthority:
            return try .selfSigned(commonName: "system:node:\(node)", names: [name, try .parse(address)])
        case .certificateExpired:
            return try issued(node, [name, try .parse(address)], notAfter: Date().addingTimeInterval(-60))
        default: return try issued(node, [name, try .parse(address)])
        }
    }

    private func issued(
        _ node: String, _ names: [SubjectAlternativeName], notAfter: Date? = nil
    ) throws -> ServingIdentity {
        var profile = CertificateProfile(
            commonName: "system:node:\(node)", organizations: ["system:nodes"], purpose: .leaf([.serverAuth]),
            names: names, days: 1)
        if let notAfter { profile.notAfter = notAfter }
        return try .issued(by: authority, profile)
    }
}
