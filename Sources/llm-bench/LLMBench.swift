import ArgumentParser

/// The command-line tool.
@main
struct LLMBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "llm-bench", abstract: "Benchmarks the inference of large language models on CPUs.")
}
