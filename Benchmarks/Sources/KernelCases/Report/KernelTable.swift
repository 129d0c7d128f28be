import Tensor

/// `kernels.md`: the ceilings, then a table for each group.
public struct KernelTable {
  public var title: String
  public var instructionSet: String
  public var processor: String
  public var caches: CacheSizes
  public var ceilings: [CeilingLine]

  public init(
    title: String, instructionSet: String, processor: String, caches: CacheSizes, ceilings: [CeilingLine]
  ) {
    self.title = title
    self.instructionSet = instructionSet
    self.processor = processor
    self.caches = caches
    self.ceilings = ceilings
  }

  public func markdown(_ rows: [KernelRow]) -> String {
    var text = """
      # Kernels

      Shapes of \(title); \(processor), \(instructionSet); L1 \(caches.l1 >> 10) KB and L2 \(caches.l2 >> 10) KB a core, \
      L3 \(caches.l3 >> 20) MB.

      Time is the median of one call. % of ceiling: the shortest time that the machine allows, by arithmetic or by
      traffic, divided by that median; what it allows is measured between the samples of the row, because the clock and
      the memory of a shared machine change. % of best: the same by the ceilings below, the best that were seen. GB/s
      counts what has to be streamed: weights, keys and values, rows. Cold operands come from memory because copies of
      them take turns; hot ones stay in a cache.


      """
    text += Self.table(
      ["ceiling", "threads", "", ""],
      ceilings.map { [$0.name, "\($0.threads)", NumberFormat.significant($0.value / 1e9), $0.unit] })
    for group in KernelGroup.allCases {
      let members = rows.filter { $0.group == group }
      if members.isEmpty { continue }
      text += "\n## \(group.rawValue)\n\n"
      text += Self.table(
        [
          "kernel", "dtype", "threads", "m", "n", "k", "time", "GFLOP/s", "GB/s", "% of ceiling", "% of best",
          "allocations",
        ],
        members.map { row in
          [
            row.kernel, row.dtype, "\(row.threads)", "\(row.m)", "\(row.n)", "\(row.k)",
            NumberFormat.duration(row.median), NumberFormat.significant(row.gflops),
            NumberFormat.significant(row.gigabytesPerSecond), NumberFormat.percent(row.fractionOfCeiling),
            NumberFormat.percent(row.fractionOfBest), row.allocations.map { "\($0)" } ?? "–",
          ]
        })
    }
    return text
  }

  /// The first column is text, the others are aligned as numbers are.
  private static func table(_ heads: [String], _ rows: [[String]]) -> String {
    let widths = heads.indices.map { column in ([heads] + rows).map { $0[column].count }.max()! }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - cells[column].count)
        return column == 0 ? cells[column] + padding : padding + cells[column]
      }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    let rule = heads.indices.map { column in
      String(repeating: "-", count: max(2, widths[column] + 1)) + (column == 0 ? "-" : ":")
    }
    return line(heads) + "|" + rule.joined(separator: "|") + "|\n" + rows.map(line).joined()
  }
}

/// One of the machine's ceilings.
public struct CeilingLine: Sendable {
  public var name: String
  public var threads: Int
  /// In operations or bytes a second.
  public var value: Double
  public var unit: String

  public init(name: String, threads: Int, value: Double, unit: String) {
    self.name = name
    self.threads = threads
    self.value = value
    self.unit = unit
  }
}

extension KernelCeilings {
  /// All of them, for these numbers of threads.
  public func lines(threads: [Int], dtypes: [DType] = [.fp32, .bf16]) -> [CeilingLine] {
    threads.flatMap { count in
      dtypes.map {
        CeilingLine(
          name: "\($0.rawValue) arithmetic", threads: count, value: peak($0, threads: count), unit: "GFLOP/s")
      }
        + MemoryLevel.allCases.map {
          CeilingLine(
            name: "read \($0.rawValue)", threads: count, value: bandwidth($0, threads: count), unit: "GB/s")
        }
    }
  }
}
