import Transformer

/// `llm-bench lesson`: measures a few small sweeps on this machine and writes a page that teaches with their numbers.
public struct LessonJob {
  /// What was typed.
  public struct Options: Sendable, Equatable {
    /// The sweep file whose model is measured.
    public var sweepFile = "yamls/125m.yaml"
    /// key=value
    public var overrides: [String] = []
    public var threads: Int?
    /// The folder of the experiments; `nil` for results/lesson/BENCHMARK.
    public var output: String?
    /// The page; `nil` for lesson.html in the folder.
    public var page: String?

    public init() {}
  }

  private let options: Options
  private let standardError: any TextSink
  private let provider: (Sweep, ThreadCount) throws -> any EngineProvider
  private let watchesSignals: Bool

  public init(options: Options, standardError: any TextSink = DescriptorSink.standardError) {
    self.init(options: options, standardError: standardError, watchesSignals: true) {
      try NativeEngineProvider(sweep: $0, threads: $1)
    }
  }

  /// A lesson on any engine.
  init(
    options: Options, standardError: any TextSink, watchesSignals: Bool = false,
    provider: @escaping (Sweep, ThreadCount) throws -> any EngineProvider
  ) {
    self.options = options
    self.standardError = standardError
    self.watchesSignals = watchesSignals
    self.provider = provider
  }

  /// - Throws: `SweepFileError` or `InputError` for bad input. An experiment that fails is left out of the page, which
  ///   says so.
  public func run() throws -> CommandStatus {
    let sweep = try SweepFile.load(path: options.sweepFile, overrides: options.overrides)
    // Before any thread is started: all inherit the blocked signals.
    if watchesSignals { SignalWatch.block() }
    let threads = try ThreadCount.resolve(sweep: sweep, option: options.threads)
    let configuration = try provider(sweep, threads).configuration
    let plan = try LessonPlan(
      positions: min(sweep.maximumSequenceLength, configuration.maximumSequenceLength),
      heads: Self.heads(sweep, configuration))
    let folder = try ResultsFolder.path(
      output: options.output ?? "results/lesson/\(ResultsFolder.fileName(sweep.benchmarkName))",
      benchmark: sweep.benchmarkName, resume: false)
    let page = options.page ?? folder + "/lesson.html"
    try ResultsFolder.create(folder)
    // A page that cannot be written is better known before minutes of measurement.
    try PageFile.check(page)
    if watchesSignals { watchSignals() }

    var data = LessonData(
      sweepFile: options.sweepFile, overrides: options.overrides, plan: plan, configuration: configuration, rows: [:])
    let progress = Progress(sink: standardError)
    let experiments = plan.experiments
    progress.note("lesson: \(experiments.count) experiments, a few minutes for a small model; results in \(folder)")
    for (index, experiment) in experiments.enumerated() {
      progress.note("\n== \(index + 1) of \(experiments.count): \(experiment.title) ==")
      do {
        data.rows[experiment.id, default: []] += try run(experiment, folder: folder + "/" + experiment.folder)
      } catch {
        data.failures[experiment.id] = "\(error)"
        progress.note("left out: \(error)")
      }
    }
    guard data.rows.values.contains(where: { !$0.isEmpty }) else {
      throw InputError(
        file: folder, problem: "no experiment of the lesson could be run",
        cure: data.failures.values.first ?? "See the messages above.")
    }
    try PageFile.write(LessonPage(data: data, time: Timestamp.now()).page, to: page)
    progress.note("\nlesson: \(page)")
    let complete = data.failures.isEmpty && data.rows.values.joined().allSatisfy(\.isMeasured)
    return complete ? .done : .failed
  }

  /// The experiment's rows; those that are on disk already are kept.
  private func run(_ experiment: LessonExperiment, folder: String) throws -> [ReportRow] {
    let overrides = options.overrides + experiment.overrides
    let sweep = try SweepFile.load(path: options.sweepFile, overrides: overrides)
    let threads = try ThreadCount.resolve(sweep: sweep, option: options.threads)
    var run = RunOptions(sweepFile: options.sweepFile)
    run.overrides = overrides
    run.output = folder
    run.resume = true
    run.profile = experiment.profile
    run.roofline = experiment.roofline
    let job = RunJob(options: run, standardOutput: MemorySink(), standardError: QuietProfile(sink: standardError))
    _ = try job.run(sweep, job.selection(sweep), provider(sweep, threads))
    return try ReportSystem.read(folder).rows
  }

  /// Query heads of a model whose attention an override can make grouped-query: one with random weights.
  private static func heads(_ sweep: Sweep, _ configuration: ModelConfiguration) -> Int? {
    guard case .random = sweep.model, configuration.family == .mpt,
      configuration.keyValueHeadCount == configuration.headCount, configuration.headCount > 1
    else { return nil }
    return configuration.headCount
  }

  private func watchSignals() {
    let standardError = standardError
    SignalWatch.start { signal in
      let clearing = standardError.erasesLines ? ProgressBar.erasure : ""
      try? standardError.write("\(clearing)interrupted: the same command goes on with what is measured already\n")
      SignalWatch.exit(signal)
    }
  }
}

/// Keeps the tables of profiles off a lesson's progress: the page shows them.
private struct QuietProfile: TextSink {
  let sink: any TextSink

  var isTerminal: Bool { sink.isTerminal }
  var erasesLines: Bool { sink.erasesLines }
  var columns: Int { sink.columns }

  func write(_ text: String) throws {
    if text.contains("% of roofline") { return }
    try sink.write(text)
  }
}
