// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// What runs for metrics-server's image in a lab.
enum LabMetricsServer: Sendable, Equatable {
    /// The stand-in that scripts/control-plane builds.
    case standin
    /// A real one: its program, and the version that it prints, such as `v0.8.1`.
    case real(program: String, version: String)

    /// What a Deployment names. The release in the stand-in's tag is the one that it stands in for.
    static let standinImage = "registry.example/metrics-server/metrics-server:v0.6.4"

    /// The program in a file, which is run once to ask for its version; the stand-in where no file is given.
    ///
    /// - Throws: `LabError` where the file is no such program.
    static func read(_ path: String?) async throws -> LabMetricsServer {
        guard let path else { return .standin }
        let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        guard FileManager.default.isExecutableFile(atPath: absolute) else {
            throw LabError(
                "--metrics-server \(path): there is no such program",
                hint: "give the binary of a release, with mode 755")
        }
        let printed = try await ShortCommand.output([absolute, "--version"], limit: .seconds(10))
        let version = printed.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
        guard StandinRelease(version) != nil else {
            throw LabError(
                "--metrics-server \(path) --version printed '\(version.prefix(80))', expected such as v0.8.1",
                hint: "give the binary of a release of metrics-server")
        }
        return .real(program: absolute, version: version)
    }

    /// What runs in the container.
    ///
    /// - Throws: `LabError` where the stand-in is not built.
    func program() throws -> String {
        if case .real(let program, _) = self { return program }
        let program = "\(ControlPlaneBinaries.cache())/metrics-server/metrics-server"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw LabError(
                "there is no stand-in for metrics-server here",
                hint: "scripts/control-plane --metrics-server   # builds it, once; or give --metrics-server FILE")
        }
        return program
    }

    /// What somebody who reads a lab's results should know of it, as simulated and as real.
    var words: (simulated: [String], real: [String]) {
        switch self {
        case .standin: (["the metrics-server image (our stand-in)"], [])
        case .real(_, let version): ([], ["metrics-server \(version)"])
        }
    }

    /// The image's names where containers run. The real one also has the name that its release's manifest gives it.
    var images: [String] {
        switch self {
        case .standin: [Self.standinImage]
        case .real(_, let version):
            [
                "registry.example/metrics-server/metrics-server:\(version)",
                "registry.k8s.io/metrics-server/metrics-server:\(version)",
            ]
        }
    }

    /// `LAB_METRICS_SERVER`: which one it is.
    var environmentValue: String {
        switch self {
        case .standin: "stand-in"
        case .real(_, let version): version
        }
    }
}
