// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// Subject alternative names as OpenSSL's `GENERAL_NAMES`.
enum GeneralNames {
    /// - Returns: a stack that the caller frees with `GENERAL_NAMES_free`.
    static func encode(_ wanted: [SubjectAlternativeName]) throws(OpenSSLError) -> OpaquePointer {
        let intent = "encode the subject alternative names"
        let stack = try check(OPENSSL_sk_new_null(), intent)
        do throws(OpenSSLError) {
            for name in wanted { try push(name, on: stack, intent) }
        } catch {
            GENERAL_NAMES_free(stack)
            throw error
        }
        return stack
    }

    private static func push(
        _ name: SubjectAlternativeName, on stack: OpaquePointer, _ intent: String
    ) throws(OpenSSLError) {
        let (bytes, kind, stringType): ([UInt8], CInt, CInt)
        switch name {
        case .dns(let text): (bytes, kind, stringType) = (Array(text.utf8), GEN_DNS, V_ASN1_IA5STRING)
        case .ip(let address): (bytes, kind, stringType) = (address, GEN_IPADD, V_ASN1_OCTET_STRING)
        case .other(let text): throw OpenSSLError(intent, because: ["'\(text)' is of a kind that is not written"])
        }
        guard let value = ASN1_STRING_type_new(stringType), let general = GENERAL_NAME_new() else {
            throw .drained(intent)
        }
        GENERAL_NAME_set0_value(general, kind, value)
        do throws(OpenSSLError) {
            try check(ASN1_STRING_set(value, bytes, CInt(clamping: bytes.count)), intent)
            try check(OPENSSL_sk_push(stack, general), intent)
        } catch {
            GENERAL_NAME_free(general)
            throw error
        }
    }

    /// - Parameter stack: freed here.
    static func decode(_ stack: UnsafeMutableRawPointer) -> [SubjectAlternativeName] {
        let names = OpaquePointer(stack)
        defer { GENERAL_NAMES_free(names) }
        return (0..<max(OPENSSL_sk_num(names), 0)).map { index in
            let name = OPENSSL_sk_value(names, index).map { $0.assumingMemoryBound(to: GENERAL_NAME.self) }
            var kind: CInt = 0
            let value = GENERAL_NAME_get0_value(name, &kind).map { $0.assumingMemoryBound(to: ASN1_STRING.self) }
            let isText = [GEN_DNS, GEN_EMAIL, GEN_URI].contains(kind)
            guard isText || kind == GEN_IPADD, let value, let data = ASN1_STRING_get0_data(value) else {
                return .other("general name of type \(kind)")
            }
            let bytes = Array(UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(value))))
            switch kind {
            case GEN_DNS: return .dns(String(decoding: bytes, as: UTF8.self))
            case GEN_IPADD: return .ip(bytes)
            default: return .other(String(decoding: bytes, as: UTF8.self))
            }
        }
    }
}
