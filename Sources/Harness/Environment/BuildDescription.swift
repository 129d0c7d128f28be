import BuildInformation

/// How this program was built.
public enum BuildDescription {
  /// "debug" or "release".
  public static var configuration: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }

  /// For `--version`: the commit, as there are no releases, and how it was built.
  public static var version: String { "llm-bench \(commit), \(configuration) build, Swift \(compiler)" }

  /// The optimisation of this module; that of the kernels stays the same in every build.
  static var flags: String { configuration == "debug" ? "-Onone, kernels -O" : "-O" }

  /// The commit that was built, with "-dirty" when tracked files had changes; "unknown" outside a checkout.
  static var commit: String { BuildInformation.commit() }

  /// The compiler's version, as closely as a program can know it.
  static var compiler: String {
    #if compiler(>=6.5)
      "6.5 or later"
    #elseif compiler(>=6.4)
      "6.4"
    #elseif compiler(>=6.3)
      "6.3"
    #elseif compiler(>=6.2)
      "6.2"
    #elseif compiler(>=6.1)
      "6.1"
    #else
      "6.0"
    #endif
  }
}
