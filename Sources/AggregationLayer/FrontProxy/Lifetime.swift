// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
internal import PKI

/// How long a certificate is to be valid.
public struct Lifetime: Sendable, Equatable, CustomStringConvertible {
    public let seconds: TimeInterval

    public static func days(_ days: Int) -> Lifetime { Lifetime(seconds: TimeInterval(days) * 86400) }

    private init(seconds: TimeInterval) { self.seconds = seconds }

    /// The longest, in days: a hundred years, beyond which a number is more likely a typing error.
    public static let longestDays = 36500

    /// `365` or `365d` in days, `8760h` in hours (as kubeadm and cfssl write it); nil for anything else, for less than
    /// an hour, and for more than `longestDays`.
    public init?(text: String) {
        let unit: Int
        let digits: Substring
        switch text.last {
        case "h": (digits, unit) = (text.dropLast(), 3600)
        case "d": (digits, unit) = (text.dropLast(), 86400)
        default: (digits, unit) = (text[...], 86400)
        }
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(digits), count > 0,
            count <= Self.longestDays * 86400 / unit
        else { return nil }
        seconds = TimeInterval(count * unit)
    }

    public var description: String {
        seconds.truncatingRemainder(dividingBy: 86400) == 0 ? "\(Int(seconds / 86400))d" : "\(Int(seconds / 3600))h"
    }

    public func end(from now: Date) -> Date { now.addingTimeInterval(seconds) }

    /// Says so where a certificate ends sooner than asked for, because its CA does.
    func clipping(_ certificate: Certificate, to ca: Certificate, from now: Date) -> [String] {
        guard ca.notAfter < end(from: now) else { return [] }
        return ["the certificate ends with its CA, on \(certificate.notAfter.formatted(.iso8601))"]
    }
}
