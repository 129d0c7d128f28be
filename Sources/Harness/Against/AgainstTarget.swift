import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What this build and configuration is compared with.
enum AgainstTarget: Sendable, Equatable {
  /// Another llm-bench.
  case executable(String)
  /// Another sweep file.
  case sweepFile(String)
  /// The same sweep with another value, "model_dtype=fp32".
  case override(String)

  /// - Parameter text: an executable, a folder that has one where a build puts it, a sweep file, or `key=value`.
  init(_ text: String) throws {
    switch FileKind(of: text) {
    case .file:
      if text.hasSuffix(".yaml") || text.hasSuffix(".yml") {
        self = .sweepFile(text)
      } else if access(text, X_OK) == 0 {
        self = .executable(Self.path(text))
      } else {
        throw InputError(
          file: text, path: ["--against"], problem: "is neither executable nor a .yaml file", cure: "See `--help`.")
      }
    case .folder:
      let candidates = ["llm-bench", ".build/release/llm-bench", "release/llm-bench"].map { text + "/" + $0 }
      guard let found = candidates.first(where: { FileKind(of: $0) == .file && access($0, X_OK) == 0 }) else {
        throw InputError(
          file: text, path: ["--against"], problem: "holds no llm-bench, nor does its .build/release",
          cure: "Build it there: swift build -c release")
      }
      self = .executable(Self.path(found))
    case nil:
      guard text.contains("=") else {
        throw InputError(
          file: text, path: ["--against"], problem: "is not there",
          cure: "Give another llm-bench, the folder of its checkout, a sweep file, or key=value.")
      }
      self = .override(text)
    }
  }

  /// A name without a slash would be looked for elsewhere.
  private static func path(_ text: String) -> String { text.contains("/") ? text : "./" + text }
}
