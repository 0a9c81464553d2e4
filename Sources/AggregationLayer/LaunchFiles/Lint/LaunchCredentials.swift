// SPDX-License-Identifier: Apache-2.0

internal import PKI

/// The certificate files that a launch file's flags name, as they are on the host.
struct LaunchCredentials {
    /// What a flag's file holds.
    enum Content: Equatable {
        case certificates([Certificate])
        /// Whether others may read it, and the fingerprint of its public half.
        case key(isOpen: Bool, mode: String, fingerprint: [UInt8])
        case missing
        /// With the reason as a sentence.
        case unreadable(String)
        /// A pod that does not see the path.
        case notMounted
    }

    struct File {
        /// The flag's name.
        let name: String
        /// Nil where the launcher sets the flag by itself.
        let flag: LaunchFlag?
        /// As the flag says it.
        let path: String
        /// Where it is on the host.
        let hostPath: String
        let content: Content

        var certificates: [Certificate] {
            if case .certificates(let certificates) = content { certificates } else { [] }
        }
    }

    let requestHeaderCA: File?
    let clientCertificate: File?
    let clientKey: File?
    let clientCA: File?

    /// - Parameter host: where the files are; those of a process are looked at where it sees them.
    init(file: LaunchFile, flags: CommandLineFlags, host: HostFiles) {
        let process = file.processRoot.map(HostFiles.init(root:))
        let host = process.flatMap { $0.exists("/") ? $0 : nil } ?? host
        func load(_ name: String) -> File? {
            let flag = flags.all(name).last
            guard let value = flag?.value ?? flags.implied[name], !value.isEmpty else { return nil }
            // What the launcher makes by itself is judged only where it is.
            return Self.load(name, value, flag: flag, file: file, host: host)
        }
        requestHeaderCA = load("requestheader-client-ca-file")
        clientCertificate = load("proxy-client-cert-file")
        clientKey = load("proxy-client-key-file")
        clientCA = load("client-ca-file")
    }

    private static func load(_ name: String, _ path: String, flag: LaunchFlag?, file: LaunchFile, host: HostFiles)
        -> File?
    {
        let absolute = path.hasPrefix("/") ? path : "/" + path
        var hostPath = absolute
        if let mounts = file.mounts {
            guard let mount = mount(of: absolute, in: mounts) else {
                return File(name: name, flag: flag, path: path, hostPath: absolute, content: .notMounted)
            }
            hostPath = mount.hostPath(of: absolute)
        }
        let content = read(hostPath, host, wantsKey: name == "proxy-client-key-file")
        if flag == nil, content == .missing { return nil }
        return File(name: name, flag: flag, path: path, hostPath: hostPath, content: content)
    }

    /// The longest mount that holds the path.
    static func mount(of path: String, in mounts: [LaunchMount]) -> LaunchMount? {
        mounts.filter { path == $0.mountPath || path.hasPrefix($0.mountPath == "/" ? "/" : $0.mountPath + "/") }
            .max { $0.mountPath.count < $1.mountPath.count }
    }

    /// - Parameter wantsKey: what a file that holds both counts as.
    private static func read(_ path: String, _ host: HostFiles, wantsKey: Bool) -> Content {
        do throws(FrontProxyError) {
            guard let file = try OpenFile.open(host.real(path), followingLinks: true) else { return .missing }
            let contents = try unsafe SecretBytes.reading(upTo: file.size + 1) {
                (buffer) throws(FrontProxyError) -> Int in try unsafe file.read(into: buffer)
            }
            let key = key(in: contents, mode: file.status.mode)
            if wantsKey, let key { return key }
            if let found = try host.read(path), let certificates = try? Certificate.read(pem: found.bytes) {
                return .certificates(certificates)
            }
            return key ?? .unreadable("\(path) holds neither a certificate nor a private key in PEM")
        } catch { return .unreadable(error.description) }
    }

    private static func key(in contents: borrowing SecretBytes, mode: UInt32) -> Content? {
        guard let key = try? PrivateKey.read(pem: contents), let fingerprint = try? key.publicKeyFingerprint() else {
            return nil
        }
        return .key(isOpen: mode & 0o077 != 0, mode: String(mode & 0o777, radix: 8), fingerprint: fingerprint)
    }
}
