// SPDX-License-Identifier: Apache-2.0

internal import Core
internal import FoundationEssentials

extension AggregationFlags {
    /// The forms that flags are printed in.
    public enum Format: String, CaseIterable, Sendable {
        /// One argument a line, quoted for a shell where it must be.
        case args
        /// Continuation lines of a systemd unit's ExecStart.
        case systemd
        /// A drop-in of a systemd unit, with the unit's whole command and the flags.
        case systemdDropIn = "systemd-drop-in"
        /// The part of a kubelet manifest that has to do with the flags.
        case staticPod = "static-pod"
        /// kubeadm's ClusterConfiguration.
        case kubeadm
        /// k3s's config.yaml.
        case k3s
        /// rke2's config.yaml.
        case rke2
        /// A document for other programs.
        case json
    }

    /// The versions of kubeadm's configuration that can be written.
    public enum KubeadmAPI: String, CaseIterable, Sendable {
        case v1beta2, v1beta3, v1beta4

        /// The newest one that kubeadm 1.`minor` reads; nil stands for the newest kubeadm.
        public init(forMinor minor: Int?) {
            switch minor {
            case .some(..<22): self = .v1beta2
            case .some(..<31): self = .v1beta3
            default: self = .v1beta4
            }
        }
    }

    /// The flags in that form, ending in a line end.
    ///
    /// - Parameters:
    ///   - kubeadmAPI: for `kubeadm`.
    ///   - unit: the unit whose command a drop-in repeats.
    /// - Throws: `LaunchFileError` for a drop-in without its unit; else only what the JSON encoder might.
    public func rendered(
        as format: Format, kubeadmAPI: KubeadmAPI = .v1beta4, unit: LaunchFile? = nil
    ) throws -> String {
        switch format {
        case .systemdDropIn: try dropIn(unit)
        case .staticPod: FlagsYAML(self).staticPod()
        case .kubeadm: FlagsYAML(self).kubeadm(kubeadmAPI)
        case .k3s, .rke2: FlagsYAML(self).k3s()
        case .args: flags.map { ShellWord.quoted($0.argument) + "\n" }.joined()
        case .systemd: flags.map { "  " + Self.systemdWord($0.argument) }.joined(separator: " \\\n") + "\n"
        case .json: try json()
        }
    }

    /// A word of ExecStart (systemd.service, "Command lines"): `%` starts a specifier, `$` a variable, and quotes and
    /// backslashes have meanings of their own.
    static func systemdWord(_ word: String) -> String {
        let escaped = word.replacing("%", with: "%%").replacing("$", with: "$$")
        guard escaped.contains(where: { $0.isWhitespace || $0 == "\"" || $0 == "'" || $0 == "\\" || $0 == ";" }) else {
            return escaped
        }
        return "\""
            + escaped.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n") + "\""
    }

    /// A drop-in cannot add to a command: it forgets ExecStart= and gives the whole of it again.
    private func dropIn(_ unit: LaunchFile?) throws(LaunchFileError) -> String {
        guard let unit, unit.format == .systemd else {
            throw LaunchFileError(
                "a drop-in repeats the unit's whole command, so it needs the unit",
                hint: "add --unit /etc/systemd/system/kube-apiserver.service")
        }
        let words = merged(into: unit)
        return "[Service]\nExecStart=\nExecStart="
            + words.map(Self.systemdWord).joined(separator: " \\\n  ") + "\n"
    }

    /// The words of a command with these flags in place of others of their names.
    func merged(into unit: LaunchFile) -> [String] {
        let own = Set(flags.map(\.name))
        let old = CommandLineFlags(unit).flags.filter { own.contains($0.name) }
        let dropped = old.flatMap { [$0.argument, $0.valueArgument].compactMap { $0 } }
        return unit.arguments.filter { !dropped.contains($0) }.map(\.text) + flags.map(\.argument)
    }

    private struct Document: Encodable {
        let apiVersion = "kbootstrap/v1"
        let kind = "APIServerFlags"
        let flags: [AggregationFlag]
    }

    private func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(flags: flags)), as: UTF8.self) + "\n"
    }
}
