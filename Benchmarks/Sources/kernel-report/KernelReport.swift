import ArgumentParser
import Harness
import KernelCases

/// Measures every kernel at the shapes of a sweep file and writes a table, a picture and the figures.
@main
struct KernelReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel-report",
    abstract: "Measure the kernels and write kernels.md, roofline.svg and kernels.json.")

  @Option(help: "The sweep file whose model gives the shapes.")
  var config = "yamls/1b.yaml"

  @Option(help: "A regular expression; cases whose names contain it are measured.")
  var filter = ""

  @Option(help: "Where the files go.")
  var output = "results/microbench"

  @Flag(help: "Print the cases and measure nothing.")
  var list = false

  /// Bad usage ends with 2, as all bad input does.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      if let code = error as? ExitCode { exit(withError: code) }
      guard exitCode(for: error) != .success else { exit(withError: error) }
      try? DescriptorSink.standardError.write(fullMessage(for: error) + "\n")
      exit(withError: ExitCode(2))
    }
  }

  mutating func run() throws {
    do {
      try report()
    } catch let error where !(error is ExitCode) {
      note("error: \(error)")
      throw ExitCode(2)
    }
  }

  private func report() throws {
    let suite = try KernelSuite(sweepFile: config)
    let cases = try suite.cases(matching: filter)
    if list {
      for kernel in cases { try DescriptorSink.standardOutput.write(kernel.name + "\n") }
      return
    }
    let folder = try ReportFolder(output)
    note("measuring the machine's ceilings")
    let ceilings = KernelCeilings(suite.context)
    _ = ceilings.lines(threads: suite.threads, dtypes: suite.arithmetics)
    let (measured, skipped) = measure(cases, suite, ceilings)
    ceilings.refresh()
    let lines = ceilings.lines(threads: suite.threads, dtypes: suite.arithmetics)
    let rows = measured.map { KernelRow($0.0, $0.1, instructionSet: suite.context.kernels.name, ceilings: ceilings) }

    let name = config.split(separator: "/").last.map(String.init) ?? config
    let title = "\(name), \(suite.context.kernels.name)"
    let table = KernelTable(
      title: name, instructionSet: suite.context.kernels.name, processor: MachineDescription.read().machine,
      caches: suite.context.caches, ceilings: lines)
    try folder.write("kernels.json", KernelRow.json(rows))
    try folder.write("kernels.md", table.markdown(rows))
    try folder.write("roofline.svg", RooflinePicture(title: "Roofline: \(title)", ceilings: lines).svg(rows))
    note("\(rows.count) cases in \(output)/{kernels.md,roofline.svg,kernels.json}")
    if skipped > 0 {
      note("\(skipped) cases were left out, see above")
      throw ExitCode(1)
    }
  }

  private func note(_ text: String) { try? DescriptorSink.standardError.write(text + "\n") }

  /// The cases that could be measured, and the number of the others.
  private func measure(
    _ cases: [KernelCase], _ suite: KernelSuite, _ ceilings: KernelCeilings
  ) -> ([(KernelCase, KernelMeasurement)], Int) {
    let timer = KernelTimer()
    var measured: [(KernelCase, KernelMeasurement)] = []
    for (index, kernel) in cases.enumerated() {
      let place = "[\(index + 1)/\(cases.count)] \(kernel.name): "
      do {
        let measurement = try timer.measure(kernel, in: suite.context, ceilings: ceilings)
        measured.append((kernel, measurement))
        let row = KernelRow(
          kernel, measurement, instructionSet: suite.context.kernels.name, ceilings: ceilings)
        note(place + row.summary)
      } catch {
        note(place + "left out: \(error)")
      }
    }
    return (measured, cases.count - measured.count)
  }
}
