// swift-tools-version: 6.1
import PackageDescription

#if arch(x86_64)
  let vectorRungs: [Target] = [
    .target(
      name: "LadderVector",
      swiftSettings: [
        .unsafeFlags(["-O", "-Xcc", "-march=x86-64-v4", "-Xcc", "-mprefer-vector-width=512"])
      ])
  ]
#else
  let vectorRungs: [Target] = []
#endif

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "kernel-report", targets: ["kernel-report"]),
    .executable(name: "kernel-ladder", targets: ["kernel-ladder"]),
  ],
  dependencies: [
    .package(name: "llm-bench", path: ".."),
    // Without its traits: the counts of allocations and retains that they bring replace functions of the runtime, and
    // that costs time inside what is measured.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    // What is measured: one list of cases for both runners.
    .target(
      name: "KernelCases",
      dependencies: [
        .product(name: "KernelInterface", package: "llm-bench"),
        .product(name: "Tensor", package: "llm-bench"),
        .product(name: "Transformer", package: "llm-bench"),
        .product(name: "Harness", package: "llm-bench"),
        .product(name: "TestSupport", package: "llm-bench"),
      ]),
    // The table and the roofline.
    .executableTarget(
      name: "kernel-report",
      dependencies: ["KernelCases", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
    // The ladder of Documentation/Kernels.md: the same rungs with the baseline's instructions and with x86-64-v4's.
    .target(name: "LadderBaseline", swiftSettings: [.unsafeFlags(["-O"])]),
  ] + vectorRungs + [
    .executableTarget(
      name: "kernel-ladder",
      dependencies: [
        "LadderBaseline",
        .product(name: "KernelInterface", package: "llm-bench"),
        .product(name: "Tensor", package: "llm-bench"),
        .product(name: "Harness", package: "llm-bench"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ] + vectorRungs.map { .byName(name: $0.name) }),
    // `swift package benchmark`, with its baselines and thresholds.
    .executableTarget(
      name: "Kernels",
      dependencies: ["KernelCases", .product(name: "Benchmark", package: "benchmark")],
      path: "Benchmarks/Kernels",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    .testTarget(name: "KernelCasesTests", dependencies: ["KernelCases"]),
  ]
)
