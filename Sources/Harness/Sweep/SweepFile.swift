#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Reads sweep files.
///
/// A file passes four stages: YAML to a tree that knows its places, overrides and interpolations, plain values (what
/// was typed), and the `Sweep` (what it means). The last two report all faults they find before they give up.
public enum SweepFile {
  /// Reads and resolves a sweep file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - overrides: `key=value` arguments such as `model.n_layers=2` or `batch_sizes=[1,2]`; they are set before
  ///     interpolations are replaced.
  /// - Throws: `SweepFileError` with everything that is wrong.
  public static func load(path: String, overrides: [String] = []) throws -> Sweep {
    let bytes: [UInt8]
    do { bytes = try FileText.read(path) } catch { throw SweepFileError([error]) }
    return try parse(bytes, path: path, overrides: overrides) { name in getenv(name).map { String(cString: $0) } }
  }

  /// Resolves a sweep whose file has been read.
  static func parse(
    _ bytes: [UInt8], path: String, overrides: [String], environment: @escaping (String) -> String?
  ) throws(SweepFileError) -> Sweep {
    let log = DiagnosticLog()
    var tree: YAMLNode?
    do { tree = try document(bytes, path: path) } catch { log.report(error) }
    for argument in overrides {
      do {
        let override = try Override(argument)
        if var root = tree {
          try override.apply(to: &root)
          tree = root
        }
      } catch { log.report(error) }
    }
    guard let tree else { throw SweepFileError(log.diagnostics) }
    let resolved = Interpolation.resolve(tree, environment: environment, log: log)
    let values = SweepValues(reading: resolved, log: log)
    let sweep = Sweep(resolving: values, log: log)
    guard let sweep, log.isEmpty else { throw SweepFileError(log.diagnostics) }
    return sweep
  }

  /// The file's tree, a mapping.
  private static func document(_ bytes: [UInt8], path: String) throws(Diagnostic) -> YAMLNode {
    let text = try FileText.decode(bytes, path: path)
    let source = SourceText(text, from: .file(path: path))
    guard let root = try YAMLParser.parse(text, in: source) else {
      throw Diagnostic(
        "nothing to run: the file is empty", cure: "start from one of the files in yamls/",
        at: SourceRange(source: source, line: 1, column: 1, length: 0))
    }
    guard root.pairs != nil else {
      throw Diagnostic(
        "a sweep file is a mapping of keys to values, not \(root.value.kind)",
        cure: "start from one of the files in yamls/", at: root.range)
    }
    return root
  }
}
