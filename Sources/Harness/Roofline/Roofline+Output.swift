import Transformer

extension Roofline {
  /// One object; rates in GFLOP/s and GB/s (10⁹).
  func json(environment: ConfigurationValue) -> ConfigurationValue {
    var object = JSONObject()
    object["peaks"] = .array(
      peaks.map { peak in
        var row = JSONObject()
        row["isa"] = .string(peak.instructionSet)
        row["dtype"] = .string(peak.dtype.rawValue)
        row["threads"] = .integer(peak.threads)
        peak.rate.append(to: &row, unit: "gflops")
        return row.value
      })
    object["read_bandwidth"] = .array(
      bandwidths.map { bandwidth in
        var row = JSONObject()
        row["threads"] = .integer(bandwidth.threads)
        bandwidth.rate.append(to: &row, unit: "gbytes_per_s")
        row["access"] = .string(bandwidth.access)
        row["buffer_bytes"] = .integer(bandwidth.bufferBytes)
        row["barrier_s"] = .optional(bandwidth.barrier?.seconds)
        return row.value
      })
    object["noisy"] = .bool(!noise.isEmpty)
    object["environment"] = environment
    return object.value
  }

  /// Two tables for people.
  var text: String {
    var table = TextTable(["peak", "dtype", "threads", "best GFLOP/s", "median", "spread"], textColumns: 2)
    for peak in peaks {
      table.add([peak.instructionSet, peak.dtype.rawValue, "\(peak.threads)"] + peak.rate.cells)
    }
    var reads = TextTable(["read bandwidth", "threads", "best GB/s", "median", "spread", "barrier"], textColumns: 1)
    for bandwidth in bandwidths {
      let access = bandwidth.access == ReadProbe.Access.share.rawValue ? "contiguous shares" : "claimed 1 MB blocks"
      reads.add([access, "\(bandwidth.threads)"] + bandwidth.rate.cells + [bandwidth.barrier?.text ?? ""])
    }
    return table.text + (bandwidths.isEmpty ? "" : "\n" + reads.text)
  }
}

extension Rate {
  fileprivate func append(to row: inout JSONObject, unit: String) {
    row[unit] = .optional(best * 1e-9)
    row[unit + "_median"] = .optional(median * 1e-9)
    row[unit + "_worst"] = .optional(worst * 1e-9)
    row["spread"] = .optional(spread)
    row["samples"] = .integer(sampleCount)
    row["steady"] = .bool(isSteady)
  }

  fileprivate var cells: [String] {
    [fixed(best * 1e-9, 1), fixed(median * 1e-9, 1), "\(fixed(spread * 100, 0)) %"]
  }
}
