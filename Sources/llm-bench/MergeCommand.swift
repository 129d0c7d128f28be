import ArgumentParser
import Harness

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Joins the parts of a sweep that several runs measured.",
    discussion: """
      Rows of one machine become one results folder; several machines become one below the output folder each. \
      Standard output gets the folders' paths; duplicates and missing trials are named on standard error. Exit code 1 \
      when a trial is missing or was not measured.
      """)

  @Argument(help: "Results folders, folders that hold such folders, or results.jsonl files.", completion: .directory)
  var folders: [String]

  @Option(help: "The folder to write.", completion: .directory)
  var output: String

  @Option(
    help: "The sweep file: its trials are what must be there. (default: the grid that the rows carry)",
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  @Option(name: .customLong("override"), help: "key=value for the sweep file, as for run; may be repeated.")
  var overrides: [String] = []

  @Flag(help: "Put the rows of all machines into one file.")
  var acrossMachines = false

  func run() throws {
    var options = MergeOptions(inputs: folders, output: output)
    options.sweepFile = config
    options.overrides = overrides
    options.acrossMachines = acrossMachines
    try Exit.end(MergeJob(options: options).run())
  }
}
