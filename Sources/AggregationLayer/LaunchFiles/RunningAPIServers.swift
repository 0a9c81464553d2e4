// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The kube-apiservers that run on this host, as /proc shows them; those in containers are seen from the host, too.
public struct RunningAPIServers: Sendable {
    private let host: HostFiles

    public init(root: String = "/") { host = HostFiles(root: root) }

    /// The process numbers of those whose aggregation flags have the values that a launch file gives them.
    public func running(_ file: LaunchFile) -> Set<Int> {
        let wanted = CommandLineFlags(file)
        return Set(
            host.names(in: "/proc").compactMap(Int.init).filter { pid in
                guard let cmdline = host.readProcess("/proc/\(pid)/cmdline"),
                    let words = try? PlainArguments.read(cmdline, path: "")
                else { return false }
                guard Self.isAPIServer(words.map(\.text)) else { return false }
                let found = CommandLineFlags(arguments: words)
                return AggregationFlags.names.allSatisfy { found.value($0) == wanted.value($0) }
            })
    }

    /// `kube-apiserver …`, or `hyperkube kube-apiserver …`.
    private static func isAPIServer(_ words: [String]) -> Bool {
        words.prefix(2).contains { word in
            !word.hasPrefix("-") && word.split(separator: "/").last?.hasSuffix("apiserver") == true
        }
    }
}
