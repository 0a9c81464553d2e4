// SPDX-License-Identifier: Apache-2.0

import Foundation
import MetricsServer
import Testing

@Suite struct QuantityTests {
    @Test("every quantity reads and prints as kubectl has it")
    func matchesKubectl() throws {
        let lines = try Fixture.text("quantities.tsv").split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count > 250)
        for line in lines {
            let fields = line.split(separator: "\t").map(String.init)
            try #require(fields.count == 4, "\(line)")
            let quantity = try Quantity(reading: fields[0])
            #expect(quantity.description == fields[1], "\(fields[0])")
            #expect(quantity.milli == Int64(fields[2]), "\(fields[0])")
            #expect(quantity.value == Int64(fields[3]), "\(fields[0])")
            #expect(try Quantity(reading: fields[1]) == quantity, "\(fields[0])")
        }
    }

    @Test(
        "what is no quantity is refused",
        arguments: [
            "", ".", "+", "-", "e3", "m", "Ki", "1i", "1e", "1E+", "1e3.5", "1KiB", "1ki", "1K", "0.1mi", "1 ", " 1",
            "1.2.3", "--1", "+-1", "0x10", "١", "1e٣", "NaN", "inf", "1\u{0}", "1_000", "1,5",
        ])
    func garbage(_ text: String) {
        let error = #expect(throws: QuantityError.self) { try Quantity(reading: text) }
        #expect(error?.reason != .tooLarge)
    }

    @Test(
        "what does not fit is refused, not wrapped",
        arguments: [
            "1e30", "-1e30", "1e99999999999999999999", String(repeating: "9", count: 60), "1000000000000E",
            "0." + String(repeating: "1", count: 60),
        ])
    func tooLarge(_ text: String) {
        let error = #expect(throws: QuantityError.self) { try Quantity(reading: text) }
        #expect(error?.reason == .tooLarge)
    }

    @Test("an error shows no control characters and no endless text")
    func errorText() throws {
        let error = try #require(throws: QuantityError.self) {
            try Quantity(reading: "\u{1B}[2J" + String(repeating: "x", count: 500))
        }
        #expect(error.description.count < 300)
        #expect(!error.description.contains("\u{1B}"))
    }

    @Test("sums and roundings stay in range")
    func range() throws {
        let large = try Quantity(reading: "170000000000E")
        #expect(large + large > large)
        #expect((large + large).milli == .max)
        #expect(try Quantity(reading: "-170000000000E").value == .min)
        #expect(try Quantity(reading: "1e-900") == Quantity(reading: "1n"))
        #expect(try Quantity(reading: "0e999") == .zero)
        #expect(try Quantity(reading: "99999999999999999999Ei").value == .max)
    }

    @Test("quantities compare by value, whatever their suffix")
    func comparison() throws {
        #expect(try Quantity(reading: "1Gi") == Quantity(reading: "1073741824"))
        #expect(try Quantity(reading: "1Gi").hashValue == Quantity(reading: "1048576Ki").hashValue)
        #expect(try Quantity(reading: "999m") < Quantity(reading: "1"))
        #expect(try Quantity(reading: "-1") < Quantity(reading: "-999m"))
        #expect(try Quantity(reading: "1G") < Quantity(reading: "1Gi"))
        #expect(try (Quantity(reading: "0") + Quantity(reading: "1Gi")).description == "1Gi")
        #expect(try (Quantity(reading: "1Gi") + Quantity(reading: "1")).description == "1073741825")
    }

    @Test("MiB drop the rest, millicores never do")
    func display() throws {
        #expect(try Quantity(reading: "1048575").mebibytes == 0)
        #expect(try Quantity(reading: "2097151999m").mebibytes == 2)
        #expect(try Quantity(reading: "1n").milli == 1)
        #expect(try Quantity(reading: "7000001n").milli == 8)
    }

    @Test("a printed quantity reads back as itself", arguments: 0..<8 as Range<UInt64>)
    func roundTrip(_ seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        let suffixes = [
            "n", "u", "m", "", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "e3", "E-2", "e+5",
        ]
        for _ in 0..<250 {
            let digits = Int64.random(
                in: 0..<(Int64(1) << Int64.random(in: 1..<37, using: &generator)), using: &generator)
            let fraction = Bool.random(using: &generator) ? ".\(Int.random(in: 0..<100_000, using: &generator))" : ""
            let text = ["", "-", "+"].randomElement(using: &generator).map { $0 + "\(digits)\(fraction)" }
            let whole = try #require(text) + (suffixes.randomElement(using: &generator) ?? "")
            let quantity = try Quantity(reading: whole)
            let again = try Quantity(reading: quantity.description)
            #expect(again == quantity, "seed \(seed): \(whole)")
            #expect(again.description == quantity.description, "seed \(seed): \(whole)")
        }
    }
}

/// SplitMix64: the same numbers for a seed on every machine.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
