import ArgumentParser
import Harness

struct RooflineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "roofline", abstract: "Measures this machine's ceilings: peak arithmetic and read bandwidth.",
    discussion: """
      Each figure is sampled until its best is steady, for a few seconds at most. The best is the ceiling; a median far \
      below it means that something else uses the machine, which standard error then says.
      """)

  @Option(parsing: .unconditional, help: "The largest number of threads. (default: as many as the process may use)")
  var threads: Int?

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws { try Exit.end(RooflineJob(threads: threads, json: json).run()) }
}
