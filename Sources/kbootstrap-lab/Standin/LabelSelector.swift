// SPDX-License-Identifier: Apache-2.0

/// A label selector as kubectl's `-l` takes it: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`.
struct LabelSelector: Sendable, Equatable {
    enum Requirement: Sendable, Equatable {
        case isIn(String, Set<String>)
        case isNotIn(String, Set<String>)
        case exists(String)
        case isAbsent(String)
    }

    let requirements: [Requirement]

    /// Nothing where `text` is no selector.
    init?(_ text: String) {
        var requirements: [Requirement] = []
        for part in Self.parts(text) {
            guard let requirement = Self.requirement(part) else { return nil }
            requirements.append(requirement)
        }
        self.requirements = requirements
    }

    func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .isIn(let key, let values): labels[key].map(values.contains) ?? false
            // Kubernetes: an object without the label is not in any set of values.
            case .isNotIn(let key, let values): labels[key].map { !values.contains($0) } ?? true
            case .exists(let key): labels[key] != nil
            case .isAbsent(let key): labels[key] == nil
            }
        }
    }

    /// Split at the commas outside brackets.
    private static func parts(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return parts.map(trimmed).filter { !$0.isEmpty }
    }

    private static func requirement(_ part: String) -> Requirement? {
        let words = part.split(separator: " ", maxSplits: 2).map(String.init)
        if words.count == 3, ["in", "notin"].contains(words[1]), let values = set(words[2]) {
            return words[1] == "in" ? .isIn(words[0], values) : .isNotIn(words[0], values)
        }
        for (sign, isEqual) in [("!=", false), ("==", true), ("=", true)] {
            guard let place = part.firstRange(of: sign) else { continue }
            let (key, value) = (trimmed(part[..<place.lowerBound]), trimmed(part[place.upperBound...]))
            guard !key.isEmpty else { return nil }
            return isEqual ? .isIn(key, [value]) : .isNotIn(key, [value])
        }
        guard words.count == 1 else { return nil }
        return part.hasPrefix("!") ? .isAbsent(trimmed(part.dropFirst())) : .exists(part)
    }

    private static func set(_ text: String) -> Set<String>? {
        let text = trimmed(text)
        guard text.hasPrefix("("), text.hasSuffix(")") else { return nil }
        return Set(text.dropFirst().dropLast().split(separator: ",").map { trimmed($0) })
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let kept = text.drop { $0 == " " }
        return String(kept.reversed().drop { $0 == " " }.reversed())
    }
}
