// SPDX-License-Identifier: Apache-2.0

/// Believable numbers for something that does not run: they vary with time, and are the same for the same seed.
///
/// CPU follows a triangle wave around a base; its integral is known, so a counter needs no memory and grows on
/// across restarts of the simulation.
struct SimulatedUsage: Sendable {
    /// In cores.
    let baseCPU: Double
    /// How far CPU swings around its base, as a share of it; below 1, or the counter would run backwards.
    let swing: Double
    /// In milliseconds.
    let period: Double
    private let phase: Double
    /// In bytes.
    let baseMemory: Double

    /// - Parameters:
    ///   - name: what is simulated, such as `node/worker-0`.
    ///   - cores: the range that the base is taken from.
    ///   - bytes: the same for memory.
    init(seed: UInt64, name: String, cores: ClosedRange<Double>, bytes: ClosedRange<Double>) {
        var random = SplitMix(state: seed ^ Self.hash(name))
        baseCPU = Double.random(in: cores, using: &random)
        swing = Double.random(in: 0.1...0.6, using: &random)
        period = Double.random(in: 120_000...600_000, using: &random)
        phase = Double.random(in: 0..<1, using: &random)
        baseMemory = Double.random(in: bytes, using: &random)
    }

    /// Cores in use at a time in milliseconds since 1970.
    func cpu(at time: Int64) -> Double { baseCPU * (1 + swing * Self.wave(turn(at: time))) }

    /// Core seconds used since a start, both in milliseconds since 1970.
    func cpuSeconds(from start: Int64, to time: Int64) -> Double {
        let turns = Self.integral(turn(at: time)) - Self.integral(turn(at: start))
        return baseCPU * (Double(time - start) + swing * period * turns) / 1000
    }

    /// In bytes: it breathes by a tenth, in pages of 4 KiB.
    func memory(at time: Int64) -> UInt64 {
        UInt64(baseMemory * (1 + 0.1 * Self.wave(turn(at: time))) / 4096) * 4096
    }

    private func turn(at time: Int64) -> Double {
        let turns = Double(time) / period + phase
        return turns - turns.rounded(.down)
    }

    /// A triangle from -1 up to 1 and back within one turn.
    private static func wave(_ turn: Double) -> Double { turn < 0.5 ? 4 * turn - 1 : 3 - 4 * turn }

    /// What the triangle sums up to from the beginning of its turn; over a whole turn nothing.
    private static func integral(_ turn: Double) -> Double {
        if turn < 0.5 { return 2 * turn * turn - turn }
        let rest = turn - 0.5
        return rest - 2 * rest * rest
    }

    /// FNV-1a: Swift's own hashes differ from run to run.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}

/// Sebastiano Vigna's splitmix64: the same numbers for the same state, on every machine.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

extension SimulatedUsage {
    /// A node of a few cores, busier than the containers that it is told to run.
    static func node(_ name: String, seed: UInt64) -> SimulatedUsage {
        SimulatedUsage(seed: seed, name: "node/\(name)", cores: 0.4...1.6, bytes: 1.5e9...6e9)
    }

    static func container(_ container: String, pod: String, namespace: String, seed: UInt64) -> SimulatedUsage {
        SimulatedUsage(
            seed: seed, name: "container/\(namespace)/\(pod)/\(container)", cores: 0.001...0.02, bytes: 4e6...6e7)
    }
}
