// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage

/// The namespaces that a lab lives in: its own network, mounts and processes. When its first process ends, the
/// kernel ends all the others.
enum LabNamespace {
    /// Addresses on the namespace's loopback device. Endpoints may not be in 127.0.0.0/8, so real ones are needed.
    static let hostAddress = "10.77.0.1"
    /// ClusterIPs that must answer without kube-proxy: the address itself is local.
    static let backendClusterIP = "10.32.0.50"

    /// Where a backend is said to be that cannot be reached: nothing of the lab has this address.
    static let farAddress = "10.78.0.9"

    /// The API server's own Service, the first of its range.
    static let apiServerClusterIP = "10.32.0.1"

    static var isInside: Bool { ProcessInfo.processInfo.environment["KBOOTSTRAP_LAB_INSIDE"] == "1" }

    /// Runs this program again inside new namespaces, and passes on what asks it to end.
    ///
    /// - Parameter asUser: with a user namespace where that is possible; then no root is needed, and containers cannot run.
    /// - Returns: the inner program's exit code.
    static func enter(asUser: Bool) async throws -> Int32 {
        let program = try ownProgram()
        var words: [String] = []
        // With a user namespace no root is needed; hosts that refuse those to users still allow them to root.
        if asUser, try mayMakeUserNamespaces() { words += ["--user", "--map-root-user"] }
        words += ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        words += [program] + CommandLine.arguments.dropFirst()
        let lifeline = try LabLifeline.Sender()
        defer { withExtendedLifetime(lifeline) {} }
        do {
            return try await Subprocess.run(
                .name("unshare"), arguments: Arguments(words),
                environment: .inherit.updating([
                    "KBOOTSTRAP_LAB_INSIDE": "1", "KBOOTSTRAP_LAB_LIFELINE": lifeline.path,
                ]),
                input: .fileDescriptor(.standardInput, closeAfterSpawningProcess: false),
                output: .fileDescriptor(.standardOutput, closeAfterSpawningProcess: false),
                error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
            ).terminationStatus.shellCode
        } catch {
            throw LabError("could not run unshare: \(error)", hint: "apt-get install util-linux")
        }
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

    /// Takes one of its own addresses from the network.
    static func remove(_ address: String) throws {
        guard ShortCommand.run(["ip", "addr", "del", "\(address)/32", "dev", "lo"]) == 0 else {
            throw LabError("the address \(address) could not be taken from the lab's network")
        }
    }

    /// Gives the network a way to an address that leads nowhere.
    ///
    /// - Parameter isSilent: whether packets are lost; else the sender is told that there is no route.
    static func makeUnreachable(_ address: String, isSilent: Bool) throws {
        // What goes out on the loopback device to an address that is not the host's own is dropped where it comes in.
        let route = isSilent ? ["\(address)/32", "dev", "lo"] : ["unreachable", "\(address)/32"]
        guard ShortCommand.run(["ip", "route", "add"] + route) == 0 else {
            throw LabError("the route \(route.joined(separator: " ")) could not be added to the lab's network")
        }
    }
}
