import ArgumentParser
import Harness

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Shows what results folders say, as Markdown or as one self-contained page.",
    discussion: "Several folders stand in one report, for instance of two machines or two dtypes.")

  @Argument(help: "Folders that `run` wrote results to.", completion: .directory)
  var folders: [String] = []

  @Option(
    help: "Write a page with figures to this file instead of Markdown to standard output.",
    completion: .file(extensions: ["html"]))
  var html: String?

  func run() throws { try Exit.end(ReportJob(folders: folders, page: html).run()) }
}
