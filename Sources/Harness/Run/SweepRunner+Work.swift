import Transformer

/// What a trial takes and computes, from its shapes.
extension SweepRunner {
  func demand(_ trial: Trial) -> MemoryDemand {
    provider.memoryDemand(batchSize: trial.batchSize, capacity: capacity(trial)).with(trial, useCache: sweep.useCache)
  }

  /// Slots of the KV cache for each sequence.
  func capacity(_ trial: Trial) -> Int {
    sweep.cacheCapacity(trial, of: provider.configuration)
  }

  func relativeCost(_ trial: Trial) -> Double { workload(trial).relativeCost }

  func workload(_ trial: Trial) -> Workload {
    Workload(
      configuration: provider.configuration, trial: trial, weightDType: provider.weightDType,
      cacheDType: sweep.kvCacheDType, productDType: provider.productDType)
  }
}
