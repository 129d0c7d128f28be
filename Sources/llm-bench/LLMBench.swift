import ArgumentParser
import Harness

/// The command-line tool.
@main
struct LLMBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "llm-bench", abstract: "Benchmarks the inference of large language models on CPUs.",
    discussion:
      "Exit codes: 0 done, 1 a trial or comparison failed, 2 bad usage or bad input, 128 + the signal's number when interrupted.",
    version: BuildDescription.version,
    subcommands: [
      RunCommand.self,
      GenerateCommand.self,
      ExportCommand.self,
      RooflineCommand.self,
      CompareCommand.self,
      ReportCommand.self,
      LessonCommand.self,
      MergeCommand.self,
    ])

  static func main() {
    StandardStreams.prepare()
    HelpWidth.prepare()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Exit.exit(for: error)
    }
  }
}
