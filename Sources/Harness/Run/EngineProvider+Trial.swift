/// What a trial of a sweep takes and computes, from its shapes: the same for whoever asks.
extension EngineProvider {
  /// Bytes of the model, the trial's session, and what its calls keep.
  func demand(of trial: Trial, in sweep: Sweep) -> MemoryDemand {
    memoryDemand(batchSize: trial.batchSize, capacity: sweep.cacheCapacity(trial, of: configuration))
      .with(trial, useCache: sweep.useCache)
  }

  func workload(of trial: Trial, in sweep: Sweep) -> Workload {
    Workload(
      configuration: configuration, trial: trial, weightDType: weightDType, cacheDType: sweep.kvCacheDType,
      productDType: productDType)
  }
}
