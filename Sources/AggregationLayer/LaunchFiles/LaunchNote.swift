// SPDX-License-Identifier: Apache-2.0

/// Something wrong with the file's own grammar, seen while it was read.
struct LaunchNote: Sendable, Equatable {
    enum Kind: Sendable {
        case lineIgnored, quoteOpen, severalCommands, variableUndefined, environmentFileUnreadable, dropInUnreadable
    }

    let kind: Kind
    let place: LaunchPlace
    let text: String
    let message: String

    init(_ kind: Kind, _ place: LaunchPlace, _ text: String, _ message: String) {
        self.kind = kind
        self.place = place
        self.text = text
        self.message = message
    }
}
