// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// A moment taken apart in UTC, as containers keep their clocks.
struct UTCTime: Equatable {
    let year, month, day, hour, minute, second, microsecond: Int

    init(_ date: Date) {
        self.init(microsecondsSinceEpoch: Int64((date.timeIntervalSince1970 * 1_000_000).rounded(.down)))
    }

    private init(microsecondsSinceEpoch: Int64) {
        let microsecondsPerDay: Int64 = 86_400_000_000
        let timeOfDay = ((microsecondsSinceEpoch % microsecondsPerDay) + microsecondsPerDay) % microsecondsPerDay
        // Civil date from days, counted in 400-year eras that begin on 1 March 0000.
        let days = (microsecondsSinceEpoch - timeOfDay) / microsecondsPerDay + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
        month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        microsecond = Int(timeOfDay % 1_000_000)
        let seconds = Int(timeOfDay / 1_000_000)
        (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// `1123 10:20:30.123456`
    var klogStamp: String {
        "\(month.padded(2))\(day.padded(2)) \(clock).\(microsecond.padded(6))"
    }

    /// `2026-11-23T10:20:30Z`, Kubernetes' wire format.
    var rfc3339: String {
        "\(year.padded(4))-\(month.padded(2))-\(day.padded(2))T\(clock)Z"
    }

    private var clock: String { "\(hour.padded(2)):\(minute.padded(2)):\(second.padded(2))" }
}

extension Int {
    func padded(_ width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
