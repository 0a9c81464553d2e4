// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser

/// `1.31`, `v1.31.2`.
struct KubernetesVersionArgument: ExpressibleByArgument {
    let minor: Int

    init?(argument: String) {
        guard let minor = KubernetesMinor.parse(argument) else { return nil }
        self.minor = minor
    }
}
