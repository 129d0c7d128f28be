// swift-tools-version: 6.1
import PackageDescription

// A package of its own: it only builds with `--sanitize fuzzer`, as `make fuzz` does.
let package = Package(
  name: "Fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "llm-bench", path: "..")],
  targets: [
    .systemLibrary(name: "CLibFuzzer"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "CLibFuzzer",
        .product(name: "Transformer", package: "llm-bench"),
        .product(name: "Harness", package: "llm-bench"),
      ]),
  ]
)
