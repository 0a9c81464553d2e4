// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The kubeconfig files that count, merged as client-go does: a named entry comes whole from the first file that
/// has it, a scalar from the first file that sets it, and relative paths belong to the file they stand in.
struct Kubeconfig {
    /// An entry, with the folder that its relative paths belong to and the file that it came from.
    struct Entry: CustomStringConvertible {
        /// `cluster`, `user` or `context`.
        let kind: String
        let name: String
        let value: JSONValue
        let folder: String
        let file: String

        var description: String { "\(kind) '\(name)' in \(file)" }
    }

    private(set) var clusters: [String: Entry] = [:]
    private(set) var users: [String: Entry] = [:]
    private(set) var contexts: [String: Entry] = [:]
    private(set) var currentContext: String?
    /// The files that were read.
    private(set) var files: [String] = []

    /// The largest kubeconfig that is read, in bytes: thousands of clusters with their data fit.
    static let largest = 8 << 20

    /// - Parameters:
    ///   - explicit: `--kubeconfig`, which must exist.
    ///   - environment: for `KUBECONFIG` and `HOME`; files of the list that do not exist are passed over.
    /// - Returns: nil where there is no file at all.
    static func load(explicit: String?, environment: [String: String]) throws(KubeconfigError) -> Kubeconfig? {
        var config = Kubeconfig()
        if let explicit {
            guard let bytes = try read(explicit) else {
                throw KubeconfigError("there is no kubeconfig file \(explicit)", hint: "check --kubeconfig")
            }
            try config.merge(bytes, file: explicit)
            return config
        }
        let paths: [String]
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            paths = list.split(separator: ":").map(String.init)
        } else if let home = environment["HOME"], !home.isEmpty {
            paths = [home + "/.kube/config"]
        } else {
            paths = []
        }
        for path in paths {
            if let bytes = try read(path) { try config.merge(bytes, file: path) }
        }
        return config.files.isEmpty ? nil : config
    }

    private static func read(_ path: String) throws(KubeconfigError) -> [UInt8]? {
        do {
            guard let bytes = try LimitedFile.read(path, atMost: largest) else { return nil }
            return bytes
        } catch { throw KubeconfigError("could not read the kubeconfig \(path): \(error)", hint: error.hint) }
    }

    private mutating func merge(_ bytes: [UInt8], file: String) throws(KubeconfigError) {
        files.append(file)
        let config: JSONValue?
        do throws(YAMLError) { config = try JSONValue.document(yaml: bytes) } catch {
            let hint =
                error.isTooMuch
                ? "grep -n '[&*]' \(file)   # write its aliases out" : "cat -A \(file)   # with its tabs"
            throw KubeconfigError("the kubeconfig \(file) could not be read: \(error)", hint: hint)
        }
        guard let config, config != .null else { return }
        guard config.object != nil else {
            throw KubeconfigError("the kubeconfig \(file) is not a YAML mapping", hint: "head -3 \(file)")
        }
        try KubeconfigFields.check(config, file: file)
        if let kind = config.text("kind"), kind != "Config" {
            let isName = kind.utf8.count < 64 && kind.wholeMatch(of: /[A-Z][A-Za-z]*/) != nil
            throw KubeconfigError(
                "\(file) is \(isName ? "a \(kind)" : "of another kind"), not a kubeconfig",
                hint: "--kubeconfig FILE   # one with kind: Config")
        }
        guard config.text("apiVersion").map({ $0 == "v1" }) ?? true else {
            throw KubeconfigError("\(file) has another apiVersion than v1", hint: "grep -n apiVersion: \(file)")
        }
        let folder = absoluteFolder(of: file)
        merge(config, list: "clusters", member: "cluster", into: \.clusters, folder, file)
        merge(config, list: "users", member: "user", into: \.users, folder, file)
        merge(config, list: "contexts", member: "context", into: \.contexts, folder, file)
        if currentContext == nil, let name = config["current-context"].string, !name.isEmpty { currentContext = name }
    }

    private mutating func merge(
        _ config: JSONValue, list: String, member: String, into entries: WritableKeyPath<Kubeconfig, [String: Entry]>,
        _ folder: String, _ file: String
    ) {
        for item in config[list].array ?? [] {
            let name = item["name"].string ?? ""
            guard self[keyPath: entries][name] == nil else { continue }
            self[keyPath: entries][name] = Entry(
                kind: member, name: name, value: item[member], folder: folder, file: file)
        }
    }

    private func absoluteFolder(of file: String) -> String {
        let path = file.hasPrefix("/") ? file : FileManager.default.currentDirectoryPath + "/" + file
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return parts.joined(separator: "/")
    }
}
