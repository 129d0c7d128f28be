import Tensor
import Transformer

extension Sweep {
  /// What typed values mean, or `nil` with every fault reported to `log`.
  init?(resolving values: SweepValues, log: DiagnosticLog) {
    let resolver = SweepResolver(values: values, log: log)
    resolver.checkDevice()
    let modelDType = resolver.dtype(values.modelDType, "model_dtype")
    let arithmeticDType = resolver.dtype(values.autocastDType, "autocast_dtype") ?? modelDType
    let cacheDType = resolver.dtype(values.kvCacheDType, "kv_cache.dtype") ?? modelDType
    let source = resolver.modelSource()
    let model = resolver.configuration(source)
    resolver.checkLengths(model)
    resolver.checkCapacity(model)
    resolver.checkPrompts()
    let engines = resolver.engines()
    let order = resolver.order()
    guard let batches = values.batchSizes, let inputs = values.inputLengths, let outputs = values.outputLengths else {
      return nil
    }
    let trialCount = batches.count * inputs.count * outputs.count
    if trialCount > SweepGrid.maximumTrialCount {
      resolver.report(
        "the grid has \(trialCount) trials, more than \(SweepGrid.maximumTrialCount)",
        cure: "split the sweep into several", at: batches[0])
    }
    guard log.isEmpty, let name = values.benchmarkName, let length = resolver.sequenceLength, let source,
      let modelDType, let arithmeticDType, let cacheDType
    else { return nil }
    self.init(
      benchmarkName: name.value, maximumSequenceLength: length.value, model: source, modelDType: modelDType,
      arithmeticDType: arithmeticDType, batchSizes: batches.map(\.value), inputLengths: inputs.map(\.value),
      outputLengths: outputs.map(\.value), useCache: values.useCache?.value ?? true,
      batchCount: values.batchCount?.value ?? 5, warmupBatchCount: values.warmupBatchCount?.value ?? 3,
      prompts: values.prompts?.value, tokenizerName: values.tokenizerName?.value,
      seed: UInt64(values.seed?.value ?? 17), threads: values.threads?.value,
      prefillThreads: values.prefillThreads?.value, decodeThreads: values.decodeThreads?.value,
      kvCacheDType: cacheDType, kvCacheCapacity: values.kvCacheCapacity?.value,
      hugePages: values.hugePages?.value ?? true, repetition: resolver.repetition, order: order, engines: engines,
      engineTimeout: values.engineTimeout?.value ?? 600, engineRounds: values.engineRounds?.value ?? 1)
  }
}

/// Gives typed values their meaning, one concern a method; faults go to `log`.
struct SweepResolver {
  let values: SweepValues
  let log: DiagnosticLog

  /// As in the original the model's own `max_seq_len` is the one that counts.
  var sequenceLength: Located<Int>? { values.model?.maximumSequenceLength ?? values.sequenceLength }

  func report(_ message: String, cure: String?, at located: Located<some Any>) {
    log.report(Diagnostic(message, cure: cure, at: located.range), cause: located.cause)
  }

  func checkDevice() {
    if let device = values.device, device.value != "cpu" {
      report(
        "device \(Excerpt.quoted(device.value)): this engine runs on CPUs, in pure Swift", cure: "write null or cpu",
        at: device)
    }
  }

  /// A dtype by its short name or by PyTorch's.
  func dtype(_ located: Located<String>?, _ key: String) -> DType? {
    guard let located else { return nil }
    let name = located.value.hasPrefix("torch.") ? String(located.value.dropFirst(6)) : located.value
    switch name {
    case "float32", "float": return .fp32
    case "bfloat16": return .bf16
    case "float16", "half": return .fp16
    default: break
    }
    if let dtype = DType(rawValue: name) { return dtype }
    let known = DType.allCases.map(\.rawValue)
    report(
      "\(key) \(Excerpt.quoted(located.value)) is no dtype of this engine",
      cure: Suggestion.closest(to: name, among: known + ["float32", "bfloat16", "float16"]).map {
        "did you mean '\($0)'?"
      }
        ?? "write one of \(known.joined(separator: ", "))", at: located)
    return nil
  }

  /// Every prompt with its continuation must fit the sweep's `max_seq_len` and the model's positions.
  func checkLengths(_ model: ModelConfiguration?) {
    guard let limit = sequenceLength, let inputs = values.inputLengths, let outputs = values.outputLengths else {
      return
    }
    var bound = limit.value
    var name = values.model?.maximumSequenceLength == nil ? "max_seq_len" : "model.max_seq_len"
    var cure = "shorten one of them, or raise max_seq_len"
    // Only a learned table ends; other encodings go on.
    if let model, model.position == .learned, model.maximumSequenceLength < bound {
      bound = model.maximumSequenceLength
      name = "the model's learned positions"
      cure = "shorten one of them"
    }
    for input in inputs {
      for output in outputs where input.value + output.value > bound {
        // The longer of the two is the likelier slip.
        report(
          "input_lengths \(input.value) + output_lengths \(output.value) = \(input.value + output.value),"
            + " more than \(name) (\(bound))",
          cure: cure, at: input.value >= output.value ? input : output)
      }
    }
  }

  /// A cache shorter than the sequence works only where the model never looks further back.
  func checkCapacity(_ model: ModelConfiguration?) {
    guard let model, let capacity = values.kvCacheCapacity,
      let input = values.inputLengths?.max(by: { $0.value < $1.value })?.value,
      let output = values.outputLengths?.max(by: { $0.value < $1.value })?.value
    else { return }
    let needed = min(input + output, model.slidingWindow ?? .max)
    if capacity.value < needed {
      let reason = model.slidingWindow.map { "the sliding window of \($0)" } ?? "\(input) + \(output) tokens"
      report(
        "kv_cache.capacity (\(capacity.value)) is less than \(reason)", cure: "write \(needed) or more", at: capacity)
    }
  }

  var repetition: Repetition? {
    guard let interval = values.untilInterval, let seconds = values.maximumSeconds else { return nil }
    return Repetition(untilInterval: interval.value, maximumSeconds: seconds.value)
  }

  func order() -> Sweep.Order {
    guard let located = values.order else { return .grid }
    if let order = Sweep.Order(rawValue: located.value) { return order }
    let known = Sweep.Order.allCases.map(\.rawValue)
    report(
      "order \(Excerpt.quoted(located.value)) is unknown",
      cure: Suggestion.closest(to: located.value, among: known).map { "did you mean '\($0)'?" }
        ?? "write one of \(known.joined(separator: ", "))", at: located)
    return .grid
  }

  func checkPrompts() {
    guard let prompts = values.prompts else { return }
    switch FileKind(of: prompts.value) {
    case .file: break
    case .folder:
      report("prompts \(Excerpt.quoted(prompts.value)) is a directory", cure: "give a text or JSONL file", at: prompts)
    case nil:
      report(
        "prompts \(Excerpt.quoted(prompts.value)) is not there",
        cure: "give a text or JSONL file, or remove the key for random tokens", at: prompts)
    }
  }
}
