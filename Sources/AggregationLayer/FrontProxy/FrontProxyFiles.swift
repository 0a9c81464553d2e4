// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import PKI

/// What a folder holds of the front-proxy files, for flags and for verification: certificates only, never a key.
public struct FrontProxyFiles: Sendable, Equatable {
    public let layout: FrontProxyLayout
    /// Full paths, whether the files are there or not.
    public let caCertificatePath: String
    public let clientCertificatePath: String
    public let clientKeyPath: String
    /// Every certificate of the CA file.
    public let caCertificates: [Certificate]
    public let clientCertificate: Certificate?
    /// Full paths of the files that flags will name and that are not there.
    public let missing: [String]
    /// What is wrong with what is there, one sentence each.
    public let problems: [String]
    /// What to type about the first problem, where that is not to make the files.
    public let problemHint: String?

    /// - Parameter doubts: what speaks against trusting the folder and its files.
    init(_ inventory: FrontProxyInventory, doubts: [FrontProxyError]) {
        layout = inventory.layout
        caCertificatePath = inventory.paths.caCertificate
        clientCertificatePath = inventory.paths.clientCertificate
        clientKeyPath = inventory.paths.clientKey
        caCertificates = inventory.caCertificates
        clientCertificate = inventory.clientCertificate
        missing = [
            (inventory.caFile != nil, inventory.paths.caCertificate),
            (inventory.clientFile != nil, inventory.paths.clientCertificate),
            (inventory.clientKeyFile != nil, inventory.paths.clientKey),
        ].filter { !$0.0 }.map(\.1)
        var problems = doubts.map(\.description)
        let now = Date()
        do throws(FrontProxyError) { try inventory.checkCA(now: now) } catch { problems.append(error.description) }
        if !inventory.caCertificates.isEmpty, inventory.clientKeyFile != nil {
            do throws(FrontProxyError) {
                try inventory.checkClient(against: inventory.caCertificates, commonName: nil, now: now)
            } catch { problems.append(error.description) }
        }
        self.problems = problems.reduce(into: []) { told, problem in if !told.contains(problem) { told.append(problem) }
        }
        problemHint = doubts.first?.hint
    }
}
