// SPDX-License-Identifier: Apache-2.0

import AggregationLayer
import ArgumentParser
import KubeletCertificates
import KubernetesClient
import MetricsServer
import Operations

/// What was thrown, as one message with the command to type next, and the exit code that says so.
enum Failure {
    static func report(_ error: any Error, interrupted: Bool) -> ExitStatus {
        let terminal = Terminal(quiet: false, color: .auto, environment: [:])
        switch error {
        case let status as ExitStatus:
            return status
        case _ where Kbootstrap.exitCode(for: error) == .success:
            // Help asked for: ArgumentParser prints it.
            Kbootstrap.exit(withError: error)
        case _ where interrupted || error is CancellationError:
            terminal.failure("interrupted", hint: nil)
            return .interrupted
        case let error as any HintedError:
            terminal.failure(error.description, hint: error.hint)
            return .failed
        case let error as ValidationError:
            terminal.failure(error.message, hint: "kbootstrap --help")
            return .usage
        default:
            terminal.failure("\(error)", hint: nil)
            return .failed
        }
    }
}

/// An error that says what to type next.
protocol HintedError: Error, CustomStringConvertible {
    var hint: String? { get }
}

extension FrontProxyError: HintedError {}
extension KubeconfigError: HintedError {}
extension APIError: HintedError {}
extension MetricsError: HintedError {}
extension NamespaceError: HintedError {}
extension MissingNamespaceError: HintedError {}
extension ServingCertificateError: HintedError {}
extension MissingPermissionsError: HintedError {}
extension ForeignObjectsError: HintedError {}
extension MovedPort: HintedError {}
extension ImmutableSelector: HintedError {}
extension OtherBackendError: HintedError {}
extension UnscrapableKubelets: HintedError {}
extension HandOverError: HintedError {}
extension RotationError: HintedError {}
