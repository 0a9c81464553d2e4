// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// The namespaces that a lab lives in: its own network, mounts and processes. When its first process ends, the
/// kernel ends all the others.
enum LabNamespace {
    /// Addresses on the namespace's loopback device. Endpoints may not be in 127.0.0.0/8, so real ones are needed.
    static let hostAddress = "10.77.0.1"
    /// ClusterIPs that must answer without kube-proxy: the address itself is local.
    static let backendClusterIP = "10.32.0.50"

    /// The API server's own Service, the first of its range.
    static let apiServerClusterIP = "10.32.0.1"

    private static let marker = "KBOOTSTRAP_LAB_INSIDE"

    static var isInside: Bool { ProcessInfo.processInfo.environment[marker] == "1" }

    /// Runs this program again inside new namespaces, in place of this process. Returns only to throw.
    static func enter() throws -> Never {
        let program = try ownProgram()
        var words = ["unshare"]
        // With a user namespace no root is needed; hosts that refuse those to users still allow them to root.
        if try mayMakeUserNamespaces() { words += ["--user", "--map-root-user"] }
        words += ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        words += [program] + CommandLine.arguments.dropFirst()
        unsafe setenv(marker, "1", 1)
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        _ = unsafe execvp("unshare", &arguments)
        throw LabError("could not run unshare: \(unsafe String(cString: strerror(errno)))", hint: "apt-get install util-linux")
    }

    /// This program's path.
    static func ownProgram() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }

    private static func mayMakeUserNamespaces() throws -> Bool {
        let child = ShortCommand.run(["unshare", "--user", "--map-root-user", "--net", "true"])
        if child == 0 { return true }
        guard geteuid() == 0 else {
            throw LabError(
                "this host lets users make no namespaces",
                hint: "run it as root, or: sysctl kernel.unprivileged_userns_clone=1")
        }
        return false
    }

    /// Gives the network its addresses.
    static func configureNetwork() throws {
        let commands = [
            ["ip", "link", "set", "lo", "up"],
            ["ip", "addr", "add", "\(hostAddress)/24", "dev", "lo"],
        ]
        for command in commands where ShortCommand.run(command) != 0 {
            throw LabError("\(command.joined(separator: " ")) failed", hint: "apt-get install iproute2")
        }
        try add([backendClusterIP])
    }

    /// Gives the network further addresses of its own.
    static func add(_ addresses: [String]) throws {
        for address in addresses where ShortCommand.run(["ip", "addr", "add", "\(address)/32", "dev", "lo"]) != 0 {
            throw LabError("the address \(address) could not be added to the lab's network")
        }
    }
}
