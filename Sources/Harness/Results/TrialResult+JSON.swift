import Transformer

extension TrialResult {
  /// The row as one line of JSON.
  public var line: String { JSONWriter().text(json) }

  var json: ConfigurationValue {
    var row = JSONObject()
    row["name"] = .string(trial.name)
    row["trial"] = .integer(number)
    row["engine"] = .string(engine.name.rawValue)
    row["grid"] = grid?.json ?? .null
    row["status"] = .string(status)
    switch outcome {
    case .ok: break
    case .outOfMemory(let reason), .failed(let reason), .refused(let reason): row["error"] = .string(reason)
    }
    row["batch_size"] = .integer(trial.batchSize)
    row["input_length"] = .integer(trial.inputLength)
    row["output_length"] = .integer(trial.outputLength)
    row["dtype"] = .string(identity.dtype)
    row["arithmetic_dtype"] = .string(identity.arithmeticDType)
    row["kv_cache_dtype"] = .string(identity.kvCacheDType)
    row["use_cache"] = .bool(useCache)
    row["threads"] = .integer(identity.threads)
    row["isa"] = .string(identity.instructionSet)
    row["n_params"] = .integer(parameterCount)
    row["weight_bytes"] = .integer(weightBytes)
    row["kv_cache_bytes"] = .integer(kvCacheBytes)
    row["peak_rss_bytes"] = .optional(peakResidentBytes)
    row["peak_rss_scope"] = .string(peakIsOfTrial ? "trial" : "process")
    row["load_peak_rss_bytes"] = .optional(loadPeakResidentBytes)
    row["load_s"] = .optional(loadSeconds)
    row["num_warmup_batches"] = .integer(warmupBatchCount)
    row["prompts"] = prompts?.json ?? .null
    row["warmup_latency_s"] = .array(warmupLatencies.map { .optional($0) })
    appendMeasurements(to: &row)
    row["prefill_flop"] = .optional(prefillOperations)
    row["decode_flop"] = .optional(decodeOperations)
    row["decode_bytes"] = .optional(decodeBytes)
    row["phases"] = phases?.json ?? .null
    row["ceilings"] = ceilings?.json ?? .null
    row["profile"] = profile?.json(ceilings) ?? .null
    row["engine_detail"] = engine.json
    row["fingerprint"] = .string(identity.fingerprint)
    row["machine"] = .string(identity.machine)
    row["build"] = .string(identity.build)
    row["environment"] = environment
    return row.value
  }

  private func appendMeasurements(to row: inout JSONObject) {
    guard case .ok(let samples, let metrics) = outcome else {
      row["samples"] = .array([])
      for key in Self.measurementKeys { row[key] = .null }
      return
    }
    row["samples"] = .array(samples.map(\.json))
    row["latency_s"] = metrics.latency.json
    row["ttft_s"] = .optional(metrics.timeToFirstToken)
    row["tpot_s"] = .optional(metrics.timePerOutputToken)
    row["prefill_tokens_per_s"] = .optional(metrics.prefillTokensPerSecond)
    row["decode_tokens_per_s"] = .optional(metrics.decodeTokensPerSecond)
    row["mfu"] = .optional(metrics.modelFLOPUtilization)
    row["mbu"] = .optional(metrics.memoryBandwidthUtilization)
    row["prefill_s"] = metrics.prefill.json
    row["token_s"] = metrics.tokens?.json ?? .null
    row["decode_tokens_per_s_p1"] = .optional(metrics.tokens?.slowestRate1)
    row["decode_tokens_per_s_p5"] = .optional(metrics.tokens?.slowestRate5)
    row["steadiness"] = metrics.steadiness?.json ?? .null
    row["stopped"] = stop?.json(metrics.latency) ?? .null
    row["clock_overhead_s"] = .optional(ClockCost.seconds)
    row["clock_overhead_fraction"] = .optional(
      ClockCost.seconds / (metrics.tokens?.seconds.median ?? metrics.prefill.median))
  }

  /// A row that was not measured has them all, as null, so that every row of a file has the same keys.
  private static let measurementKeys = [
    "latency_s", "ttft_s", "tpot_s", "prefill_tokens_per_s", "decode_tokens_per_s", "mfu", "mbu",
    "prefill_s", "token_s", "decode_tokens_per_s_p1", "decode_tokens_per_s_p5", "steadiness", "stopped",
    "clock_overhead_s", "clock_overhead_fraction",
  ]
}

extension TrialResult.Phases {
  /// The row's `phases` object.
  fileprivate var json: ConfigurationValue {
    var object = JSONObject()
    object["prefill"] = prefill.json
    object["decode"] = decode?.json ?? .null
    object["read_bytes_per_s_before"] = .optional(bandwidthBefore)
    object["read_bytes_per_s_after"] = .optional(bandwidthAfter)
    return object.value
  }
}

extension Statistics {
  var json: ConfigurationValue { object.value }

  var object: JSONObject {
    var object = JSONObject()
    object["mean"] = .optional(mean)
    object["median"] = .optional(median)
    object["stddev"] = .optional(standardDeviation)
    object["ci95_low"] = .optional(confidence95?.lowerBound)
    object["ci95_high"] = .optional(confidence95?.upperBound)
    object["min"] = .optional(minimum)
    object["max"] = .optional(maximum)
    return object
  }
}
