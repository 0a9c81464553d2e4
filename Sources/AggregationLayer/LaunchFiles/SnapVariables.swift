// SPDX-License-Identifier: Apache-2.0

/// What snapd sets for a snap's programs, of which microk8s' argument files make use.
enum SnapVariables {
    /// The snap's name; nil for a file that is none of a snap's.
    static func snap(of path: String) -> String? {
        let parts = path.split(separator: "/").map(String.init)
        guard let folder = parts.firstIndex(of: "snap"), folder + 1 < parts.count, parts.contains("args") else {
            return nil
        }
        return parts[folder + 1]
    }

    /// The arguments with `${SNAP_DATA}` and its like in their places; `current` is the revision that runs.
    static func resolved(_ arguments: [LaunchArgument], of path: String) -> [LaunchArgument] {
        guard let snap = snap(of: path) else { return arguments }
        let values = [
            "SNAP_DATA": "/var/snap/\(snap)/current", "SNAP_COMMON": "/var/snap/\(snap)/common",
            "SNAP": "/snap/\(snap)/current",
        ]
        return arguments.map { argument in
            guard argument.text.contains("$") else { return argument }
            // The longer name first: $SNAP begins both.
            let text = values.sorted { $0.key.count > $1.key.count }.reduce(argument.text) { text, one in
                text.replacing("${\(one.key)}", with: one.value).replacing("$\(one.key)", with: one.value)
            }
            return LaunchArgument(
                text: text, place: argument.place, source: argument.source, range: argument.range,
                spelling: argument.spelling)
        }
    }
}
