import ArgumentParser
import Harness

struct LessonCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lesson", abstract: "Teaches how prefill and decode differ, with numbers of this machine.",
    discussion: """
      Measures a few small sweeps, which takes minutes, and writes a page. Interrupted, the same command goes on where it \
      was.
      """)

  @Option(help: "The sweep file whose model is measured.", completion: .file(extensions: ["yaml", "yml"]))
  var config = LessonJob.Options().sweepFile

  @Option(help: "The page. (default: lesson.html in the output folder)", completion: .file(extensions: ["html"]))
  var html: String?

  @Option(help: "Folder of the experiments. (default: results/lesson/BENCHMARK)", completion: .directory)
  var output: String?

  @Option(parsing: .unconditional, help: "Threads to use. (default: as many as the process may use)")
  var threads: Int?

  @Argument(help: "Values that replace those of the file, such as model.n_layers=2.")
  var overrides: [String] = []

  func run() throws {
    var options = LessonJob.Options()
    options.sweepFile = config
    options.overrides = overrides
    options.threads = threads
    options.output = output
    options.page = html
    try Exit.end(LessonJob(options: options).run())
  }
}
