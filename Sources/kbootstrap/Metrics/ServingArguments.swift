// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import KubernetesClient
import MetricsServer

/// What metrics-server shows to kube-apiserver.
struct ServingArguments: ParsableArguments {
    enum Choice: String, CaseIterable, ExpressibleByArgument {
        case verified
        case selfSigned = "self-signed"
    }

    @Option(
        help: """
            verified: a certificate in a Secret, signed by a CA whose key is thrown away, which kube-apiserver \
            verifies. self-signed: upstream's way, where kube-apiserver believes whoever answers (default: verified; \
            for --print patch, self-signed).
            """)
    var servingCert: Choice?

    @Option(help: "How many days a new serving certificate lasts.")
    var servingCertDays = 730

    @Flag(help: "Make a new serving certificate now, without a request lost.")
    var renewServingCert = false

    @Flag(
        help: """
            Make only the certificate's Secret, and set the APIService's caBundle: where Flux, Argo or kubectl applies \
            what --print gives. Nothing else is looked at, or changed.
            """)
    var servingCertOnly = false

    func validate() throws {
        guard (1...3650).contains(servingCertDays) else {
            throw ValidationError("--serving-cert-days \(servingCertDays) is refused: it must be from 1 to 3650")
        }
        if servingCert == .selfSigned, renewServingCert {
            throw ValidationError("--renew-serving-cert renews the verified certificate: leave out --serving-cert")
        }
        if servingCert == .selfSigned, servingCertOnly {
            throw ValidationError("--serving-cert-only makes the verified certificate: leave out --serving-cert")
        }
    }

    /// - Parameter extra: metrics-server's extra arguments.
    func refuseContradictions(_ extra: [String]) throws {
        guard servingCert != .selfSigned else { return }
        for argument in extra {
            let name = String(argument.prefix { $0 != "=" })
            if ServingMode.flags.contains(name) {
                throw ValidationError("--extra-arg \(name) serves a certificate of its own: --serving-cert self-signed")
            }
        }
    }

    var isVerified: Bool { servingCert != .selfSigned }

    static let unverifiedNotice =
        "kube-apiserver will not verify metrics-server's certificate (--serving-cert self-signed): whoever answers at its "
        + "address is believed, and sees who asks"

    static func binding(_ roles: [JSONValue]) -> String {
        let commands = roles.map { role in
            let name = role.name ?? ""
            guard let namespace = role["metadata"]["namespace"].string else {
                return "kubectl create clusterrolebinding \(name) --clusterrole=\(name) --user=USER"
            }
            return "kubectl -n \(namespace) create rolebinding \(name) --role=\(name) --user=USER"
        }
        return "bind them with: " + commands.joined(separator: "; ")
    }

    static func printedWithout(_ namespace: String) -> String {
        let name = ServingMode.secret(in: namespace).name
        let place = namespace == MetricsServerManifest.namespace ? "" : " --namespace \(namespace)"
        return "Secret \(namespace)/\(name) is left out, because it holds a key: without it no pod starts. "
            + "kbootstrap install-metrics --serving-cert-only\(place) makes it, and sets the caBundle; "
            + "--serving-cert self-signed needs neither"
    }

    static let printedWithoutBundle =
        "caBundle is left out, because no cluster was asked: applying this keeps the one that the APIService has"
}
