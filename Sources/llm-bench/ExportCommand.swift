import ArgumentParser
import Harness

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes the model that `run` would build as a Hugging Face checkpoint.")

  @Argument(help: "The sweep file.", completion: .file(extensions: ["yaml", "yml"]))
  var config: String

  @Argument(help: "The folder to write.", completion: .directory)
  var folder: String

  @Argument(help: "Values that replace those of the file, such as model.n_layers=2.")
  var overrides: [String] = []

  func run() throws {
    try Exit.end(ExportJob(sweepFile: config, overrides: overrides, folder: folder).run())
  }
}
