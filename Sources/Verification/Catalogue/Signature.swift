// SPDX-License-Identifier: Apache-2.0

/// How a cause looks in one source: lists of words, and each list has a word in the text.
struct Signature: Sendable {
    /// Where the text stands.
    enum Source: Sendable, Hashable {
        /// metrics-server's log, about a kubelet that gives no metrics.
        case scrape
        /// The backend's log or last words: the process does not come up, or cannot do its work.
        case process
        /// The backend's log: a call of kube-apiserver that was refused.
        case authentication
        /// What kube-apiserver says of its connection to the backend: in the condition, or in the answer to a request.
        case connection
        /// A warning of the ReplicaSet's or the Deployment's, or the condition ReplicaFailure: no pod was made.
        case admission
        /// Why a container's image is not there.
        case image
    }

    let source: Source
    private let words: [[String]]

    init(_ source: Source, _ words: [String]...) {
        self.source = source
        self.words = words
    }

    func matches(_ text: String) -> Bool {
        words.allSatisfy { one in one.contains { text.contains($0) } }
    }
}
