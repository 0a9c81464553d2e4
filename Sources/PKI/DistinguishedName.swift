// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// Subjects: organizations, then one common name, in UTF8String.
enum DistinguishedName {
    static func fill(
        _ name: OpaquePointer?, commonName: String, organizations: [String]
    ) throws(OpenSSLError) {
        let name = try check(name, "name the subject")
        for organization in organizations { try add(organization, as: NID_organizationName, to: name) }
        try add(commonName, as: NID_commonName, to: name)
    }

    private static func add(_ text: String, as nid: CInt, to name: OpaquePointer) throws(OpenSSLError) {
        let bytes = Array(text.utf8)
        try check(
            X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, bytes, CInt(clamping: bytes.count), -1, 0),
            "put '\(text)' into the subject")
    }
}
