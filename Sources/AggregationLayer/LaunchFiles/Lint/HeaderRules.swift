// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import PKI

extension LaunchLint {
    /// What the requestheader flags say about headers and names.
    func headerFindings() -> [LaunchFinding] {
        standardHeaderFindings() + allowedNameFindings()
    }

    /// The aggregator sends these, whatever the flags say (k8s.io/apiserver, requestheader options Validate).
    private static let standard = [
        ("requestheader-username-headers", "X-Remote-User"), ("requestheader-group-headers", "X-Remote-Group"),
        ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
    ]

    private func standardHeaderFindings() -> [LaunchFinding] {
        Self.standard.compactMap { name, header in
            guard let flag = flags.all(name).last else { return nil }
            guard let values = flags.list(name) else {
                return finding(
                    .refusesToStart, .failure, at: flag,
                    "--\(name) has a quote in the middle: kube-apiserver refuses to start",
                    hint: .advice("--\(name)=\(header)"))
            }
            if values.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
                // 1.20.2 was seen to start with one.
                let isOld = minorVersion.map { $0 <= 20 } ?? false
                return finding(
                    isOld ? .nonStandardHeader : .refusesToStart, isOld ? .warning : .failure, at: flag,
                    "--\(name) has an empty value in it: "
                        + (isOld ? "no header has that name" : "newer kube-apiservers refuse to start"),
                    hint: .advice("--\(name)=\(header)"))
            }
            guard !values.isEmpty, !values.contains(where: { $0.lowercased() == header.lowercased() }) else {
                return nil
            }
            let lacksDash = values.contains { $0.lowercased() + "-" == header.lowercased() }
            return finding(
                .nonStandardHeader, name == "requestheader-username-headers" ? .failure : .warning, at: flag,
                lacksDash
                    ? "--\(name) lacks the final dash: extra fields arrive under wrong names"
                    : "--\(name) lacks \(header), the header that kube-apiserver sends",
                hint: .advice("--\(name)=\(header)"))
        }
    }

    private func allowedNameFindings() -> [LaunchFinding] {
        let name = "requestheader-allowed-names"
        guard let flag = flags.all(name).last else { return [] }
        guard let names = flags.list(name) else {
            return [
                finding(
                    .refusesToStart, .failure, at: flag,
                    "--\(name) has a quote in the middle: kube-apiserver refuses to start",
                    hint: allowedNamesHint)
            ]
        }
        let empty = names.filter { $0.allSatisfy { $0.isWhitespace || $0 == "'" || $0 == "\"" } }
        guard empty.isEmpty else {
            return [
                finding(
                    .allowedNameEmpty, .failure, at: flag,
                    "--\(name) holds a name that is empty or only quotes: no certificate has it, so every one is refused",
                    hint: allowedNamesHint ?? .advice("leave the flag out, or give the certificate's common name"))
            ]
        }
        guard !names.isEmpty, let client = credentials.clientCertificate?.certificates.first else { return [] }
        let common = client.commonName ?? ""
        guard !names.contains(common) else { return [] }
        return [
            finding(
                .nameNotAllowed, .failure, at: flag,
                "--\(name) lacks \(common.isEmpty ? "the empty name" : common), the common name of "
                    + (credentials.clientCertificate?.path ?? "the certificate"),
                hint: .advice("--\(name)=\(common)"))
        ]
    }
}
