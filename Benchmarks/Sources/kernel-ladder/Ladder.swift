import ArgumentParser
import Foundation
import Harness
import KernelInterface
import LadderBaseline
import Tensor

#if arch(x86_64)
  import LadderVector
#endif

/// Measures each rung of Documentation/Kernels.md.
@main
struct Ladder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel-ladder",
    abstract: "Measures a matrix product from the textbook's loops to the engine's kernel, one idiom at a time.")

  @Option(help: "Rows of activations, a multiple of 12.") var rows = 120
  @Option(help: "Columns of the result, a multiple of 32.") var columns = 2048
  @Option(help: "Length of the sums, a multiple of 16.") var depth = 2048
  @Option(help: "Samples of each rung; the best counts.") var samples = 5

  func validate() throws {
    let sizes = [("rows", rows, 12), ("columns", columns, 32), ("depth", depth, 16)]
    for (name, value, unit) in sizes where value <= 0 || value % unit != 0 || value > 16384 {
      throw ValidationError("--\(name) \(value): use a multiple of \(unit) from \(unit) to \(16384 / unit * unit).")
    }
    if samples < 1 { throw ValidationError("--samples \(samples): use 1 or more.") }
  }

  func run() throws {
    let kernels = InstructionSet.available[0]
    let product = try LadderProduct(rows: rows, columns: columns, depth: depth, kernels: kernels)
    let peak = Ceilings.measure(kernels, dtype: .fp32, threads: 1)?.fp32OperationsPerSecond
    let hasV4 = InstructionSet.available.contains { $0.name.hasPrefix("avx512") }
    write("y = x · Wᵀ, \(rows) x \(columns) x \(depth), one thread unless stated; \(kernels.name)\n")
    write("| rung | baseline, GFLOP/s | x86-64-v4, GFLOP/s | % of fp32 peak |")
    write("| --- | ---: | ---: | ---: |")
    for rung in LadderRung.all {
      let baseline = product.rate(samples, rung.baseline)
      let vector = hasV4 ? rung.vector.map { product.rate(samples, $0) } : nil
      try product.check(rung.name)
      show(rung.name, baseline, vector, peak)
    }
    for threads in Set([1, ProcessInfo.processInfo.activeProcessorCount]).sorted() {
      for dtype in [DType.fp32, .bf16, .fp16] {
        let rate = try product.engineRate(samples, dtype: dtype, threads: threads)
        show("the engine, \(dtype), \(threads) thread\(threads == 1 ? "" : "s")", nil, rate, peak)
      }
    }
  }

  private func show(_ name: String, _ baseline: Double?, _ vector: Double?, _ peak: Double?) {
    func text(_ rate: Double?) -> String { rate.map { String(format: "%.1f", $0 * 1e-9) } ?? "" }
    let best = max(baseline ?? 0, vector ?? 0)
    let share = peak.map { String(format: "%.1f", best / $0 * 100) } ?? ""
    write("| \(name) | \(text(baseline)) | \(text(vector)) | \(share) |")
  }

  /// A line at once, also into a pipe: the slow rungs take seconds.
  private func write(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}

/// One rung in both compilations.
struct LadderRung {
  let name: String
  let baseline: (LadderProduct) -> Void
  let vector: ((LadderProduct) -> Void)?

  #if arch(x86_64)
    static var all: [LadderRung] {
      [
        LadderRung(
          name: "1 arrays, three loops", baseline: { $0.withArrays(LadderBaseline.ladderArrays) },
          vector: { $0.withArrays(LadderVector.ladderArrays) }),
        rung("2 pointers", LadderBaseline.ladderPointers, LadderVector.ladderPointers),
        rung("3 sixteen lanes", LadderBaseline.ladderVector, LadderVector.ladderVector),
        rung("4 fused multiply-add", LadderBaseline.ladderFused, LadderVector.ladderFused),
        rung("5 eight chains", LadderBaseline.ladderChains, LadderVector.ladderChains),
        rung("6 packed tile, sums in an InlineArray", LadderBaseline.ladderTileInArray, LadderVector.ladderTileInArray),
        rung("7 packed tile, named sums", LadderBaseline.ladderTile, LadderVector.ladderTile),
      ]
    }

    private static func rung(
      _ name: String, _ baseline: @escaping (LadderBaseline.LadderOperands) -> Void,
      _ vector: @escaping (LadderVector.LadderOperands) -> Void
    ) -> LadderRung {
      LadderRung(name: name, baseline: { baseline($0.baselineOperands) }, vector: { vector($0.vectorOperands) })
    }
  #else
    static var all: [LadderRung] {
      [
        LadderRung(
          name: "1 arrays, three loops", baseline: { $0.withArrays(LadderBaseline.ladderArrays) }, vector: nil),
        rung("2 pointers", LadderBaseline.ladderPointers),
        rung("3 sixteen lanes", LadderBaseline.ladderVector),
        rung("4 fused multiply-add", LadderBaseline.ladderFused),
        rung("5 eight chains", LadderBaseline.ladderChains),
        rung("6 packed tile, sums in an InlineArray", LadderBaseline.ladderTileInArray),
        rung("7 packed tile, named sums", LadderBaseline.ladderTile),
      ]
    }

    private static func rung(_ name: String, _ baseline: @escaping (LadderOperands) -> Void) -> LadderRung {
      LadderRung(name: name, baseline: { baseline($0.baselineOperands) }, vector: nil)
    }
  #endif
}
