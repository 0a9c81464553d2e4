// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// The walls between the modules, held by the compiler: what a file uses it imports, and what it imports stays inside.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// Every target but `PKI`, which alone touches C: no unsafe code without the word `unsafe` beside it.
let safe: [SwiftSetting] = house + [.strictMemorySafety()]

let package = Package(
    name: "kbootstrap",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "kbootstrap", targets: ["kbootstrap"]),
        .executable(name: "kbootstrap-lab", targets: ["kbootstrap-lab"]),
        .library(name: "PKI", targets: ["PKI"]),
        .library(name: "AggregationLayer", targets: ["AggregationLayer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/onevcat/Rainbow", from: "4.2.2"),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "PKI", dependencies: ["COpenSSL"], swiftSettings: house),
        .target(name: "Core", swiftSettings: safe),
        .target(
            name: "Templates",
            path: "templates",
            resources: [.embedInCode("metrics-server/base.yaml")],
            swiftSettings: house),
        .target(
            name: "AggregationLayer",
            dependencies: ["Core", "PKI", .product(name: "SystemPackage", package: "swift-system"), "Yams"],
            swiftSettings: safe),
        .target(
            name: "KubernetesClient",
            dependencies: [
                "PKI",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                "Yams",
            ],
            swiftSettings: safe),
        .target(
            name: "MetricsServer",
            dependencies: ["KubernetesClient", "Templates"],
            swiftSettings: safe),
        .target(
            name: "KubeletCertificates",
            dependencies: [
                "Core", "KubernetesClient", "PKI",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: safe),
        .target(
            name: "Operations",
            dependencies: [
                "AggregationLayer", "Core", "KubeletCertificates", "KubernetesClient", "MetricsServer", "PKI",
                "Verification", .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: safe),
        .target(
            name: "Verification",
            dependencies: [
                "AggregationLayer", "Core", "KubeletCertificates", "KubernetesClient", "MetricsServer", "PKI",
            ],
            swiftSettings: safe),
        .executableTarget(
            name: "kbootstrap",
            dependencies: [
                "AggregationLayer", "Core", "KubeletCertificates", "KubernetesClient", "MetricsServer", "Operations",
                "PKI", "Rainbow", "Verification",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: safe,
            plugins: ["BuildInfo"]),
        .plugin(name: "BuildInfo", capability: .buildTool()),
        .executableTarget(
            name: "kbootstrap-lab",
            dependencies: [
                "AggregationLayer", "KubernetesClient", "PKI",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: safe),
        .target(name: "Judges", path: "Tests/Judges", swiftSettings: house),
        .testTarget(
            name: "AggregationLayerTests", dependencies: ["AggregationLayer", "Core", "Judges", "PKI"],
            exclude: ["Golden"],
            swiftSettings: house),
        .testTarget(name: "PKITests", dependencies: ["Judges", "PKI"], swiftSettings: house),
        .testTarget(name: "KubernetesClientTests", dependencies: ["KubernetesClient"], swiftSettings: house),
        .testTarget(
            name: "MetricsServerTests", dependencies: ["KubernetesClient", "MetricsServer"],
            exclude: ["Fixtures", "Golden"],
            swiftSettings: house),
        .testTarget(
            name: "KubeletCertificatesTests",
            dependencies: ["Core", "Judges", "KubeletCertificates", "KubernetesClient", "PKI"],
            swiftSettings: house),
        .testTarget(
            name: "VerificationTests", dependencies: ["Core", "Judges", "KubernetesClient", "Verification"],
            exclude: ["Corpus", "Evidence"],
            swiftSettings: house),
        .testTarget(
            name: "StandinTests",
            dependencies: [
                "kbootstrap-lab", "KubernetesClient", "PKI", .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "OperationsTests",
            dependencies: [
                "kbootstrap-lab", "KubernetesClient", "MetricsServer", "Operations", "PKI",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "CommandTests", dependencies: ["kbootstrap", "kbootstrap-lab"],
            exclude: ["Sessions", "ClusterSessions"],
            swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)
