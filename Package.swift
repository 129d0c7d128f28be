// swift-tools-version: 6.1
import PackageDescription

// Targets stand in the order of the floors: each uses only what stands above it in this list.

/// Kernels keep their optimisation in debug builds too, so that `swift test` runs the code that is measured.
func kernelFlags(_ clangFlags: [String]) -> [SwiftSetting] {
  [
    .unsafeFlags(["-O"] + clangFlags.flatMap { ["-Xcc", $0] }),
    // Release builds see the whole module anyway. In a debug build the operations of Vector.swift would else be calls
    // from every other file; a number of threads makes it one object for each file, which the debug build links.
    .unsafeFlags(["-wmo", "-num-threads", "2"], .when(configuration: .debug)),
    .enableExperimentalFeature("BuiltinModule"),
  ]
}

#if arch(x86_64)
  // XGETBV, which tells the registers that the operating system saves.
  let xsave = ["-Xcc", "-mxsave"]
  let avx512 = ["-march=x86-64-v4", "-mavx512vnni", "-mprefer-vector-width=512"]
  let vectorKernels: [Target] = [
    .target(
      name: "KernelsAVX2", dependencies: ["KernelInterface"], path: "Sources/Kernels/AVX2",
      swiftSettings: kernelFlags(["-march=x86-64-v3"])),
    .target(
      name: "KernelsAVX512", dependencies: ["KernelInterface"], path: "Sources/Kernels/AVX512",
      swiftSettings: kernelFlags(avx512)),
    // The toolchain imports the bf16 intrinsics only when __bf16 is spelled as a 16-bit integer.
    .target(
      name: "KernelsAVX512BF16", dependencies: ["KernelInterface"], path: "Sources/Kernels/AVX512BF16",
      swiftSettings: kernelFlags(avx512 + ["-mavx512bf16", "-D__bf16=short", "-flax-vector-conversions=all"])),
  ]
#else
  let xsave: [String] = []
  let vectorKernels: [Target] = []
#endif

// Only `make docs` needs the plugin: other builds neither fetch nor load it.
let documentation: [Package.Dependency] =
  Context.environment["LLM_BENCH_DOCS"] == nil
  ? [] : [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0")]

let package = Package(
  name: "llm-bench",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "llm-bench", targets: ["llm-bench"]),
    .library(name: "KernelInterface", targets: ["KernelInterface"]),
    .library(name: "Tensor", targets: ["Tensor"]),
    .library(name: "Transformer", targets: ["Transformer"]),
    .library(name: "Harness", targets: ["Harness"]),
    .library(name: "TestSupport", targets: ["TestSupport"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ] + documentation,
  targets: [
    .systemLibrary(
      name: "CLibYAML", pkgConfig: "yaml-0.1",
      providers: [.apt(["libyaml-dev"]), .yum(["libyaml-devel"]), .brew(["libyaml"])]),

    .target(name: "KernelInterface", path: "Sources/Kernels/Interface"),
    .target(
      name: "KernelsPortable", dependencies: ["KernelInterface"], path: "Sources/Kernels/Portable",
      swiftSettings: kernelFlags([])),
  ] + vectorKernels + [
    .target(
      name: "Tensor",
      dependencies: ["KernelInterface", "KernelsPortable"] + vectorKernels.map { .byName(name: $0.name) },
      swiftSettings: [
        .unsafeFlags(["-Xcc", "-D_GNU_SOURCE"] + xsave), .enableExperimentalFeature("BuiltinModule"),
      ]),
    .target(name: "Transformer", dependencies: ["KernelInterface", "Tensor"]),
    .plugin(name: "StampCommit", capability: .buildTool),
    .target(name: "BuildInformation", plugins: ["StampCommit"]),
    .target(name: "Harness", dependencies: ["BuildInformation", "KernelInterface", "Transformer", "CLibYAML"]),
    .executableTarget(
      name: "llm-bench",
      dependencies: ["Harness", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

    // What tests of several floors share: guarded memory, tolerances, a counter of allocations.
    .target(name: "TestSupport", dependencies: ["Tensor", "KernelInterface"], path: "Tests/TestSupport"),
    .testTarget(name: "KernelsTests", dependencies: ["Tensor", "KernelInterface", "TestSupport"]),
    .testTarget(name: "TensorTests", dependencies: ["Tensor", "KernelInterface", "TestSupport"]),
    .testTarget(name: "TransformerTests", dependencies: ["Transformer", "TestSupport"]),
    // The commands are tested as a user runs them, so the executable is built first.
    .testTarget(name: "HarnessTests", dependencies: ["Harness", "TestSupport", "llm-bench"]),
  ]
)
