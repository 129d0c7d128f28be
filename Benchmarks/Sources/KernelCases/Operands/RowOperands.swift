import KernelInterface
import Tensor

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Rows of floats that fill half of each worker's L2 cache, a row of weights and one of biases, and a row in L1 for
/// results.
final class RowOperands {
  /// [rows][count], each worker's share written by itself.
  let rows: UnsafeMutablePointer<Float>
  /// [threads][2 x count]: a worker's own results.
  let results: UnsafeMutablePointer<Float>
  /// [2][count]
  let parameters: UnsafeMutablePointer<Float>
  let rowCount: Int
  /// Floats of a row.
  let count: Int
  private let storage: Storage

  /// Rows that fill half of the L2 caches of `threads` cores; at least one a worker.
  static func rowCount(of count: Int, threads: Int, _ caches: CacheSizes) -> Int {
    max(1, caches.l2 / 2 / (count * 4)) * threads
  }

  init(count: Int, threads: Int, _ context: KernelContext) throws {
    let rowCount = RowOperands.rowCount(of: count, threads: threads, context.caches)
    var arena = Arena()
    let first = arena.reserve(rowCount * count * 4)
    let second = arena.reserve(threads * 2 * count * 4)
    let third = arena.reserve(2 * count * 4)
    let storage = try Storage(byteCount: arena.used)
    func floats(_ offset: Int) -> UnsafeMutablePointer<Float> {
      (storage.base + offset).assumingMemoryBound(to: Float.self)
    }
    let rows = floats(first)
    let parameters = floats(third)
    let kernels = context.kernels
    context.workers(threads).run { worker in
      let share = worker.share(of: rowCount)
      kernels.random.normal(UInt32(worker.index), 3, 1, rows + share.lowerBound * count, share.count * count)
      if worker.index == 0 { kernels.random.normal(0, 4, 1, parameters, 2 * count) }
    }
    self.storage = storage
    self.rows = rows
    self.parameters = parameters
    self.rowCount = rowCount
    self.count = count
    results = floats(second)
  }

  /// Makes the parameters cosines and sines of the same angles.
  func setAngles() {
    for index in 0..<count {
      let angle = Double(index) * 1e-3
      parameters[index] = Float(cos(angle))
      parameters[count + index] = Float(sin(angle))
    }
  }

  /// Calls `body` with every row and its worker's results, `passes` times in one region: a single pass is so short that
  /// starting it would show.
  func forEachRow(
    _ workers: Workers, passes: Int, _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) {
    let (rows, results, rowCount, count) = (rows, results, rowCount, count)
    workers.run { worker in
      let target = results + worker.index * 2 * count
      for _ in 0..<passes {
        for row in worker.share(of: rowCount) { body(rows + row * count, target) }
      }
    }
  }
}
