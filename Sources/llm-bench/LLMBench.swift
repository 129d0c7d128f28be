import ArgumentParser
import Harness

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The command-line tool.
@main
struct LLMBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "llm-bench", abstract: "Benchmarks the inference of large language models on CPUs.",
    discussion: "Exit codes: 0 done, 1 a trial failed, 2 bad usage or bad input, 130 interrupted.",
    subcommands: [
      RunCommand.self, GenerateCommand.self, ExportCommand.self, RooflineCommand.self, ReportCommand.self,
      LessonCommand.self,
    ])

  static func main() {
    // A file beyond `ulimit -f` is then an error of the write, which says so, and not the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Exit.exit(for: error)
    }
  }
}
