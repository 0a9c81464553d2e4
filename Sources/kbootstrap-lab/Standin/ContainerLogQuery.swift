// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// Which container's output is asked for, and how much of it, as a kubelet's `/containerLogs/NAMESPACE/POD/CONTAINER`
/// has it. Following is not simulated: the answer ends where the output does now.
struct ContainerLogQuery: Sendable {
    let namespace: String
    let pod: String
    let container: String
    let isOfPreviousRun: Bool
    private let tailLines: Int?
    private let limitBytes: Int?

    /// Nil for another path.
    init?(_ request: ServedRequest) {
        let segments = request.path.split(separator: "/").map(String.init)
        guard segments.count == 4, segments[0] == "containerLogs" else { return nil }
        (namespace, pod, container) = (segments[1], segments[2], segments[3])
        isOfPreviousRun = request.parameter("previous") == "true"
        tailLines = request.parameter("tailLines").flatMap { Int($0) }
        limitBytes = request.parameter("limitBytes").flatMap { Int($0) }
    }

    /// - Parameter output: the container's; nil where it has none.
    func response(_ output: [UInt8]?) -> ServedResponse {
        guard let output else {
            let which = isOfPreviousRun ? "previous terminated container" : "container"
            return .text("\(which) \(container.quotedAsInGo) in pod \(pod.quotedAsInGo) not found", status: .badRequest)
        }
        return ServedResponse(
            status: .ok, headers: ["Content-Type": "text/plain"], body: ByteBuffer(bytes: excerpt(of: output)))
    }

    /// The last lines that were asked for, and of those no more bytes than asked for.
    func excerpt(of output: [UInt8]) -> ArraySlice<UInt8> {
        var bytes = output[...]
        if let tailLines {
            let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
            // The last line's end ends nothing more.
            let cut = ends.count - tailLines - (output.last == UInt8(ascii: "\n") ? 1 : 0)
            if cut >= 0 { bytes = bytes[(ends[cut] + 1)...] }
        }
        return limitBytes.map { bytes.prefix($0) } ?? bytes
    }
}
