// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import MetricsServer
import SystemPackage

/// The folder that `--print kustomization` writes: all of its files, or none where one of somebody else's is in the way.
struct KustomizationFolder {
    enum Outcome: String { case created, replaced, unchanged }

    let path: String

    /// Writes what differs, `kustomization.yaml` last, so that it never names a file that is not there yet.
    ///
    /// - Parameters:
    ///   - overwriting: replace files that differ.
    ///   - written: told after each file.
    /// - Throws: before anything is written, where a file differs and may not be replaced.
    func write(
        _ files: [KustomizationFile], overwriting: Bool, written: (_ path: String, Outcome) -> Void
    ) throws(ResultFileError) {
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw ResultFileError(description: "could not make the folder \(path): \(error)", hint: "ls -ld '\(path)'")
        }
        var steps: [(file: ResultFile, path: String, text: String, outcome: Outcome)] = []
        for file in files {
            let path = "\(self.path)/\(file.name)"
            let target = try ResultFile(path, mode: [.ownerReadWrite, .groupRead, .otherRead])
            steps.append((target, path, file.text, try outcome(path, file.text)))
        }
        let differing = steps.filter { $0.outcome == .replaced }.map(\.path)
        guard overwriting || differing.isEmpty else {
            throw ResultFileError(
                description: "nothing was written, because of other text in \(differing.joined(separator: ", "))",
                hint: "the same with --overwrite, or another --dir")
        }
        for step in steps {
            if step.outcome != .unchanged { try step.file.write(step.text) }
            written(step.path, step.outcome)
        }
    }

    /// Those of the names that the folder has.
    func present(_ names: [String]) -> [String] {
        names.map { "\(path)/\($0)" }.filter { FileManager.default.fileExists(atPath: $0) }
    }

    private func outcome(_ path: String, _ text: String) throws(ResultFileError) -> Outcome {
        // Of the name itself: a link that leads nowhere is somebody's, too.
        guard (try? FileManager.default.attributesOfItem(atPath: path)) != nil else { return .created }
        return try ResultFile.read(path, atMost: 1 << 20) == Array(text.utf8) ? .unchanged : .replaced
    }
}
