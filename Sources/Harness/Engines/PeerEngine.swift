import Tensor
import Transformer

/// An engine in a child process, behind a driver of Benchmarks/Peers.
final class PeerEngine: TrialEngine {
  let name: EngineName
  private let sweep: Sweep
  private let provider: any EngineProvider
  private let installation: PeerInstallation?
  private let cache: ModelCache
  private let memory: MemoryGuard
  private let progress: Progress

  init(
    _ name: EngineName, sweep: Sweep, provider: any EngineProvider, installation: PeerInstallation?,
    cache: ModelCache, memory: MemoryGuard, progress: Progress
  ) {
    self.name = name
    self.sweep = sweep
    self.provider = provider
    self.installation = installation
    self.cache = cache
    self.memory = memory
    self.progress = progress
  }

  func measure(_ turn: EngineTurn, batchEnded: () -> Void) throws -> EngineMeasurement {
    if let reason = EngineSupport.refusal(name, sweep, provider.configuration) { throw EngineProblem.refused(reason) }
    guard let installation else {
      throw EngineProblem.refused("the drivers are not found: run llm-bench from the project's folder")
    }
    let python = try installation.interpreter(of: name)
    // Nobody holds the model in much less memory than this package does.
    let demand = provider.demand(of: turn.trial, in: sweep)
    if let reason = memory.refusal(demand, weightsLoaded: false) { throw EngineProblem.outOfMemory(reason) }
    let model = try modelPath(installation, python: python)
    let driver = DriverCall(
      python: python, script: installation.drivers + "/" + name.driver,
      environment: installation.environment(threads: provider.threads.largest), timeout: Double(sweep.engineTimeout))
    return try driver.measure(
      request(model: model, turn), trial: turn.trial, warmupCount: turn.warmupCount, batchCount: turn.batchCount,
      vocabularySize: provider.configuration.vocabularySize, batchEnded: batchEnded)
  }

  /// The model as the engine reads it, made when it is asked for first.
  private func modelPath(_ installation: PeerInstallation, python: String) throws -> String {
    let entry = try written { try cache.checkpoint(of: sweep, progress: progress) }
    if FileKind(of: entry.checkpoint) == .file {
      guard name == .llamacpp else { throw EngineProblem.refused("reads no GGUF file") }
      return entry.checkpoint
    }
    guard let conversion = name.conversion else { return entry.checkpoint }
    let (size, overflow) = provider.parameterCount.multipliedReportingOverflow(
      by: (conversion.dtype ?? sweep.modelDType).byteCount)
    return try written {
      try cache.converted(entry, to: conversion.product, size: overflow ? .max : size) { output in
        progress.loadBegan("\(conversion.product) for \(name.rawValue)")
        let driver = DriverCall(
          python: python, script: installation.drivers + "/" + conversion.script,
          environment: installation.environment(threads: provider.threads.largest),
          timeout: Double(sweep.engineTimeout))
        var object = JSONObject()
        object["model"] = .string(entry.checkpoint)
        object["output"] = .string(output)
        object["dtype"] = .string(sweep.modelDType.rawValue)
        object["memory_limit_bytes"] = .optional(memoryLimit)
        try driver.convert(object.value)
        progress.loadEnded(conversion.product)
      }
    }
  }

  private func written<Result>(_ write: () throws -> Result) throws -> Result {
    do {
      return try write()
    } catch let error as InputError {
      throw EngineProblem.failed("the model could not be written for it: \(error)")
    }
  }

  /// Bytes that a driver may allocate: what is free, and once more the weights, whose file some engines map in a way
  /// that counts as allocated.
  private var memoryLimit: Int? {
    AvailableMemory.now().map { free in
      let bytes = Double(free.bytes) + Double(provider.parameterCount) * Double(sweep.modelDType.byteCount)
      return Int(min(bytes, 0x1p62))
    }
  }

  private func request(model: String, _ turn: EngineTurn) -> ConfigurationValue {
    var object = JSONObject()
    object["model"] = .string(model)
    object["dtype"] = .string(sweep.modelDType.rawValue)
    object["prefill_threads"] = .integer(provider.threads.prefill)
    object["decode_threads"] = .integer(provider.threads.decode)
    object["processors"] = .array(Processors.allowed.map { .integer($0) })
    object["memory_limit_bytes"] = .optional(memoryLimit)
    object["prompts"] = .array(turn.prompts.map { .array($0.map { .integer(Int($0)) }) })
    object["output_length"] = .integer(turn.trial.outputLength)
    object["use_cache"] = .bool(sweep.useCache)
    object["num_warmup_batches"] = .integer(turn.warmupCount)
    object["num_batches"] = .integer(turn.batchCount)
    return object.value
  }
}
