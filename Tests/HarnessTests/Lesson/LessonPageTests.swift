import Testing
import Transformer

@testable import Harness

/// A lesson's text must never contradict its reader's numbers, so machines of several kinds are made up here.
@Suite struct LessonPageTests {
  /// How a made-up machine behaves, at batch 1.
  struct Machine: Sendable {
    var name: String
    var prefill = 0.04
    var step = 0.008
    /// Factor on the step's time for each doubling of the batch.
    var batchGrowth = 1.1
    /// Seconds that each token of context adds to a step.
    var contextCost = 1e-6
    /// Times of fp16 and fp32 against bf16.
    var fp32 = 2.0
    var withoutCache = 5.0
    var bandwidth = 50.0
  }

  static let machines = [
    Machine(name: "usual"),
    Machine(name: "decode as fast as prefill", prefill: 0.128, step: 0.001, fp32: 1, withoutCache: 0.9),
    Machine(name: "batches do not pay", batchGrowth: 2.1, contextCost: 1e-4),
    Machine(name: "memory without end", bandwidth: 5000),
    Machine(name: "memory is a snail", batchGrowth: 1, bandwidth: 0.5),
  ]

  private static func data(_ machine: Machine, profiled: Bool = true) throws -> LessonData {
    let plan = try LessonPlan(positions: 2048, heads: 12)
    var rows: [String: [ReportRow]] = [:]
    func row(_ change: (inout ExampleRow) -> Void) throws -> ReportRow {
      var row = ExampleRow(prefill: machine.prefill, step: machine.step, bandwidth: machine.bandwidth)
      change(&row)
      return try row.row()
    }
    rows["phases"] = [
      try row {
        $0.output = 33
        $0.profiled = profiled
      }
    ]
    rows["output-length"] = try plan.outputLengths.map { output in try row { $0.output = output } }
    rows["cache"] = try plan.cacheLengths.map { output in try row { $0.output = output } }
    rows["no-cache"] = try plan.cacheLengths.map { output in
      try row {
        $0.output = output
        $0.usesCache = false
        $0.step *= machine.withoutCache
        $0.prefill *= machine.withoutCache
      }
    }
    var growth = 1.0
    rows["batch"] = try plan.batchSizes.map { batch in
      defer { growth *= machine.batchGrowth }
      return try row {
        $0.batch = batch
        $0.prefill *= Double(batch)
        $0.step *= growth
      }
    }
    for id in ["context", "context-gqa"] {
      rows[id] = try plan.contextLengths.map { length in
        try row {
          $0.batch = 4
          $0.input = length
          $0.step += machine.contextCost * Double(length)
        }
      }
    }
    for (dtype, factor) in [("fp32", machine.fp32), ("bf16", 1), ("fp16", 1.1)] {
      rows["dtype-\(dtype)"] = try [1.7, 1, 3].map { disturbance in
        try row {
          $0.dtype = dtype
          $0.step *= factor * disturbance
          $0.prefill *= factor
          $0.weightBytes = dtype == "fp32" ? 500e6 : 250e6
          $0.peak = dtype == "bf16" ? 900 : 450
        }
      }
    }
    let configuration = ModelConfiguration(
      vocabularySize: 50368, modelWidth: 768, layerCount: 12, headCount: 12, feedForwardWidth: 3072,
      maximumSequenceLength: 2048)
    return LessonData(
      sweepFile: "yamls/125m.yaml", overrides: [], plan: plan, configuration: configuration, rows: rows)
  }

  @Test("a dtype's time is the shortest of its turns") func turns() throws {
    let data = try Self.data(Self.machines[0])
    let steps = data.measured("dtype-bf16").compactMap(\.timePerOutputToken)
    #expect(steps.count == 3 && Set(steps).count == 3)
    guard case .measured(let prediction, _, _, _) = DTypeSection.section(data).content else {
      Issue.record("missing")
      return
    }
    #expect(prediction.measured.contains("takes \(Quantity.seconds(try #require(steps.min()))) instead"))
  }

  @Test("every step has a question, a figure, three sentences and a command", arguments: machines)
  func complete(machine: Machine) throws {
    let page = LessonPage(data: try Self.data(machine), time: "now")
    #expect(page.sections.count == 8)
    for section in page.sections {
      guard case .measured(let prediction, _, let sentences, let tryIt) = section.content else {
        Issue.record("\(section.id) is missing")
        continue
      }
      #expect(prediction.options.indices.contains(prediction.answer))
      #expect(Set(prediction.options).count == prediction.options.count)
      #expect(prediction.options.count >= 3)
      for sentence in sentences.all {
        // One full stop, at the end; those inside numbers and names have no blank behind them.
        #expect(sentence.hasSuffix(".") && !sentence.dropLast().contains(". "), "\(sentence)")
        #expect(!sentence.contains("unknown") && !sentence.contains("nan"), "\(sentence)")
      }
      #expect(
        tryIt.command.contains("make bench CONFIG=yamls/125m.yaml") || tryIt.command.contains("llm-bench roofline"))
    }
    try checkFigures(page.page.html.source)
  }

  private func sentences(_ section: LessonSection) throws -> LessonSection.Sentences {
    guard case .measured(_, _, let sentences, _) = section.content else {
      throw InputError(problem: "\(section.id) has no measurement")
    }
    return sentences
  }

  private func machine(_ name: String) throws -> LessonData {
    try Self.data(try #require(Self.machines.first { $0.name == name }))
  }

  @Test("a decode that lies under the slope is said to wait for memory, one under the roof is not") func roofline()
    throws
  {
    let usual = try sentences(LessonRooflineSection.section(machine("usual")))
    #expect(usual.meaning.contains("prefill lies right of it") && usual.meaning.contains("decode left of it"))
    #expect(usual.reason.contains("fewer bytes"))
    let fast = try sentences(LessonRooflineSection.section(machine("memory without end")))
    #expect(fast.meaning.contains("Both phases lie right of it"))
    #expect(!fast.reason.contains("fewer bytes"))
    let slow = try sentences(LessonRooflineSection.section(machine("memory is a snail")))
    #expect(slow.meaning.contains("Both phases lie left of it"))
  }

  @Test("no difference is explained where none was measured") func noDifference() throws {
    let data = try machine("decode as fast as prefill")
    let phases = try sentences(PhasesSection.section(data))
    #expect(phases.meaning.contains("differs about as much"))
    #expect(!phases.reason.contains("What differs is the reading"))
    #expect(try sentences(DTypeSection.section(data)).meaning.contains("gained little"))
    #expect(try sentences(CacheSection.section(data)).reason.contains("too little to matter"))
  }

  @Test("a longer cache is blamed for no more time than its bytes explain") func unrest() throws {
    #expect(try sentences(OutputLengthSection.section(machine("usual"))).reason.contains("in the short answers"))
    var data = try machine("usual")
    data.rows["output-length"] = try [1, 11, 1001].map { output in
      try ExampleRow(output: output, step: output > 11 ? 0.02 : 0.008).row()
    }
    #expect(try sentences(OutputLengthSection.section(data)).reason.contains("something else used the machine"))
  }

  @Test("batches that do not pay are not praised") func batch() throws {
    #expect(try sentences(BatchSection.section(machine("usual"))).meaning.contains("most of the work"))
    #expect(try sentences(BatchSection.section(machine("batches do not pay"))).meaning.contains("did not pay"))
    #expect(try sentences(BatchSection.section(machine("memory without end"))).reason.hasPrefix("Even at batch 1"))
    #expect(try sentences(BatchSection.section(machine("memory is a snail"))).reason.contains("stays bound by memory"))
  }

  @Test("the right answer is the range that holds the measurement") func prediction() {
    func answer(_ value: Double) -> Int {
      Prediction("?", value: value, bounds: [1, 5, 20], measured: "", words: Prediction.times("as long")).answer
    }
    #expect([0.5, 1, 4.9, 5, 19, 20, 1000].map(answer) == [0, 1, 1, 2, 2, 3, 3])
  }

  @Test("a step without measurements says why, and the others stand") func missing() throws {
    var data = try Self.data(Self.machines[0], profiled: false)
    data.rows["batch"] = nil
    data.failures["batch"] = "<b>no memory</b>"
    let page = LessonPage(data: data, time: "now").page.html.source
    #expect(page.contains("This step has no measurement: &lt;b&gt;no memory&lt;/b&gt;"))
    try checkFigures(page)
  }

  @Test("a command can be pasted into a shell, whatever the file's name")
  func commands() throws {
    var data = try Self.data(Self.machines[0])
    data.sweepFile = "my model's $(rm).yaml"
    data.overrides = ["benchmark_name=a \"b\" $c"]
    #expect(
      data.command("batch_sizes=[1]")
        == #"make bench CONFIG='my model'\''s $(rm).yaml' ARGS="'benchmark_name=a \"b\" \$\$c' batch_sizes=[1]""#)
    data.sweepFile = "a.yaml"
    data.overrides = ["threads=2"]
    #expect(
      data.command("batch_sizes=[1, 2] output_lengths=[3]")
        == "make bench CONFIG=a.yaml ARGS=\"threads=2 batch_sizes=[1,2] output_lengths=[3]\"")
  }
}
