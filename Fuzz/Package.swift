// swift-tools-version: 6.1
import PackageDescription

// A package of its own: it only links with `-sanitize=fuzzer`, as `make fuzz` builds it.
let package = Package(
  name: "Fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "llm-bench", path: "..")],
  targets: [
    .executableTarget(
      name: "fuzz",
      dependencies: [
        .product(name: "Transformer", package: "llm-bench"),
        .product(name: "Harness", package: "llm-bench"),
      ],
      // The main function is libFuzzer's.
      swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  ]
)
