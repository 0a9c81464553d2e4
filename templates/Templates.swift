// SPDX-License-Identifier: Apache-2.0

/// The files under `templates/`, embedded in the binary, by name.
public enum Templates {
    /// The objects of metrics-server that every release shares: YAML, one document an object.
    public static var metricsServer: [UInt8] { PackageResources.base_yaml }
}
