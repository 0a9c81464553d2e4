// SPDX-License-Identifier: Apache-2.0

/// A command to type.
///
/// Its words are ours; a value that comes from elsewhere is quoted as it is put in, and a slot is filled once from what
/// was seen. So no text of a cluster can become a part of the command:
///
///     "kubectl -n \(.namespace) describe pod \(name)"
public struct Command: Sendable, Equatable {
    /// A part of a command that depends on the cluster or the host that was looked at.
    public enum Slot: String, Sendable, Hashable, CaseIterable {
        /// The namespace of the backend.
        case namespace
        /// The options that name this host's front-proxy files, with a blank before them: ` --dir D --layout L`.
        case frontProxyFiles
        /// `kbootstrap install-metrics`, with the options of the installation that is there.
        case installMetrics
        /// The name of the APIService.
        case apiService
        /// The name of the Service behind it.
        case service
        /// The Deployment behind the Service.
        case deployment
        /// The labels of the Service's pods, as `-l` takes them.
        case podSelector

        /// What stands there where nothing else is known: upstream's names.
        public var usual: Command {
            switch self {
            case .namespace: "kube-system"
            case .frontProxyFiles: ""
            case .installMetrics: "kbootstrap install-metrics"
            case .apiService: "v1beta1.metrics.k8s.io"
            case .service, .deployment: "metrics-server"
            case .podSelector: "k8s-app=metrics-server"
            }
        }
    }

    fileprivate enum Part: Sendable, Equatable {
        case text(String)
        case slot(Slot)
    }

    private var parts: [Part]

    /// The same, with its slots filled.
    ///
    /// - Parameter values: what is known; a slot that is not there keeps its usual words.
    public func filled(with values: [Slot: Command]) -> Command {
        var filled = Command(stringLiteral: "")
        for part in parts {
            if case .slot(let slot) = part {
                filled.parts += (values[slot] ?? slot.usual).parts
            } else {
                filled.parts.append(part)
            }
        }
        return filled
    }

    /// Whether the command depends on `slot`.
    public func mentions(_ slot: Slot) -> Bool { parts.contains(.slot(slot)) }

    /// What is typed.
    public var text: String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .slot(let slot): slot.usual.text
            }
        }.joined()
    }

    public static func == (one: Command, other: Command) -> Bool { one.text == other.text }
}

extension Command: ExpressibleByStringInterpolation {
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var parts: [Part] = []

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ literal: String) { parts.append(.text(literal)) }

        /// A value: one word to the shell, whatever is in it.
        public mutating func appendInterpolation(_ value: String) { parts.append(.text(ShellWord.quoted(value))) }

        public mutating func appendInterpolation(_ number: Int) { parts.append(.text("\(number)")) }

        public mutating func appendInterpolation(_ slot: Slot) { parts.append(.slot(slot)) }

        /// A command, or a part of one.
        public mutating func appendInterpolation(_ command: Command) { parts += command.parts }
    }

    public init(stringLiteral value: String) { parts = [.text(value)] }

    public init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }
}
