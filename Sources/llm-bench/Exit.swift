import ArgumentParser
import Harness

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How the process ends.
enum Exit {
  /// Prints what the error says and exits.
  ///
  /// The parser's own exit code for bad usage is 64; the contract's is 2, as for all bad input.
  static func exit(for error: any Error) -> Never {
    if let code = error as? ExitCode { end(code.rawValue) }
    if LLMBench.exitCode(for: error) == .success {
      // --help, --version
      do { try DescriptorSink.standardOutput.write(LLMBench.fullMessage(for: error) + "\n") } catch { fail(error) }
      end(CommandStatus.done.rawValue)
    }
    fail(error)
  }

  private static func fail(_ error: any Error) -> Never {
    try? DescriptorSink.standardError.write(message(error) + "\n")
    end(CommandStatus.badInput.rawValue)
  }

  /// Ends a command that has run.
  static func end(_ status: CommandStatus) throws {
    if status != .done { throw ExitCode(status.rawValue) }
  }

  private static func message(_ error: any Error) -> String {
    // The parser words its own errors; ours come as they describe themselves.
    let text = LLMBench.fullMessage(for: error)
    return text.hasPrefix("Error: ") ? "error: " + text.dropFirst("Error: ".count) : text
  }

  private static func end(_ code: Int32) -> Never {
    #if canImport(Glibc)
      Glibc.exit(code)
    #elseif canImport(Musl)
      Musl.exit(code)
    #else
      Darwin.exit(code)
    #endif
  }
}
