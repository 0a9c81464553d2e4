// SPDX-License-Identifier: Apache-2.0

internal import KubernetesClient

/// What one API server said when it was asked by itself.
public struct APIServerEvidence: Sendable, Equatable, Codable {
    /// Its address and port, as it writes them into Endpoints default/kubernetes.
    public let address: String
    /// GET of the group version through its own aggregator; an empty object where it answered.
    public var discovery: Answer
    /// A list through its own aggregator, of nothing; nil where there was nothing to ask for.
    public var reading: Answer?
    /// What its own metrics call the APIService (`aggregator_unavailable_apiservice`); nil where they do not tell.
    public var isUnavailable: Bool?

    public init(address: String, discovery: Answer, reading: Answer? = nil, isUnavailable: Bool? = nil) {
        self.address = address
        self.discovery = discovery
        self.reading = reading
        self.isUnavailable = isUnavailable
    }
}
