import KernelInterface
import Synchronization
import Tensor

/// Reads every tensor once, in parallel, into the layout of a plan.
///
/// Units are claimed in the order of the file, so that little of a mapped checkpoint is resident at a time: a tensor's
/// pages are given back as soon as its last part is packed.
struct WeightLoader {
  /// What one worker does at a time.
  private struct Unit {
    var kind: Kind
    /// The job whose tensors are released when its last unit is done.
    var job: Int
    var bytes: Int

    enum Kind {
      case panel(matrix: Int, index: Int)
      case vector(Int)
      case tableRows(table: Int, rows: Range<Int>)
    }
  }

  let plan: WeightPlan
  let base: UnsafeMutableRawPointer
  let source: any WeightSource
  let kernels: KernelSet
  /// The first tensor found with a value that the weights' dtype cannot hold.
  private let overflow = SharedText()

  init(plan: WeightPlan, base: UnsafeMutableRawPointer, source: any WeightSource, kernels: KernelSet) {
    self.plan = plan
    self.base = base
    self.source = source
    self.kernels = kernels
  }

  /// - Throws: `InputError` when fp16 cannot hold a weight; what it became is infinite.
  func load(_ workers: Workers, progress: ((Double) -> Void)?) throws(InputError) {
    let (units, tensorsOfJob) = makeUnits()
    let total = Double(units.reduce(0) { $0 + $1.bytes })
    let remaining = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: tensorsOfJob.count)
    for job in tensorsOfJob.indices { (remaining + job).initialize(to: Atomic(0)) }
    for unit in units { remaining[unit.job].add(1, ordering: .relaxed) }
    let done = Atomic<Int>(0)
    defer {
      remaining.deinitialize(count: tensorsOfJob.count)
      remaining.deallocate()
    }
    let scratchCount = max(
      plan.matrices.map { plan.panelWidth * $0.depth }.max() ?? 0, plan.tables.map(\.columns).max() ?? 0)
    let fetched = unitsToFetch(units)
    for unit in units[fetched[0]] { fetch(unit.kind) }
    workers.run { worker in
      let scratch = UnsafeMutablePointer<Float>.allocate(capacity: max(1, scratchCount))
      defer { scratch.deallocate() }
      while true {
        let index = worker.claim()
        if index >= units.count { break }
        let unit = units[index]
        for later in units[fetched[index + 1]] { fetch(later.kind) }
        perform(unit.kind, scratch)
        if remaining[unit.job].subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
          for tensor in tensorsOfJob[unit.job] { source.release(tensor) }
        }
        let bytes = done.add(unit.bytes, ordering: .relaxed).newValue
        if worker.index == 0 { progress?(Double(bytes) / total) }
      }
    }
    progress?(1)
    if let text = overflow.value {
      throw InputError(
        path: [text], problem: "holds a value beyond what fp16 can (65504)",
        cure: "Use bf16 or fp32.")
    }
  }

  /// Each tensor once; its pieces follow each other.
  private static func tensors(_ pieces: [WeightPlan.Piece]) -> [String] {
    pieces.reduce(into: []) { names, piece in
      if names.last != piece.tensor { names.append(piece.tensor) }
    }
  }

  private func makeUnits() -> ([Unit], [[String]]) {
    var units: [Unit] = []
    var jobs: [[String]] = []
    for (index, matrix) in plan.matrices.enumerated() {
      jobs.append(Self.tensors(matrix.pieces))
      let packed = plan.matrix(index, base)
      for panel in 0..<packed.panelCount {
        units.append(
          Unit(kind: .panel(matrix: index, index: panel), job: jobs.count - 1, bytes: packed.panelBytes))
      }
    }
    for (index, table) in plan.tables.enumerated() {
      jobs.append([table.tensor])
      for first in stride(from: 0, to: table.rows, by: 64) {
        let rows = first..<min(table.rows, first + 64)
        units.append(
          Unit(
            kind: .tableRows(table: index, rows: rows), job: jobs.count - 1, bytes: rows.count * table.columns * 2))
      }
    }
    for (index, vector) in plan.vectors.enumerated() {
      jobs.append(Self.tensors(vector.pieces))
      units.append(Unit(kind: .vector(index), job: jobs.count - 1, bytes: vector.count * 4))
    }
    return (units, jobs)
  }

  /// The units whose bytes are fetched before the first unit, before the second and so on: each is asked for while
  /// about 64 MiB before it are still to be read.
  private func unitsToFetch(_ units: [Unit]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var end = 0
    var ahead = 0
    for unit in [nil] + units.map(Optional.some) {
      let start = end
      while end < units.count, ahead < 64 << 20 {
        ahead += units[end].bytes
        end += 1
      }
      ranges.append(start..<end)
      ahead -= unit?.bytes ?? 0
    }
    return ranges
  }

  /// Asks the source for what a unit will read.
  private func fetch(_ kind: Unit.Kind) {
    switch kind {
    case .panel(let index, let panel):
      let matrix = plan.matrices[index]
      if matrix.inputsFirst {
        // Every panel takes a few columns of all rows.
        if panel == 0 { for piece in matrix.pieces { source.willRead(piece.tensor, rows: 0..<matrix.depth) } }
      } else {
        for part in matrix.parts(rowsOf(panel, matrix)) { source.willRead(part.tensor, rows: part.sourceRows) }
      }
    case .tableRows(let index, let rows): source.willRead(plan.tables[index].tensor, rows: rows)
    case .vector: break
    }
  }

  private func perform(_ kind: Unit.Kind, _ scratch: UnsafeMutablePointer<Float>) {
    switch kind {
    case .panel(let index, let panel): packPanel(index, panel, scratch)
    case .vector(let index): readVector(plan.vectors[index])
    case .tableRows(let index, let rows):
      let table = plan.tables[index]
      for row in rows {
        read(table.tensor, row..<row + 1, columns: table.columns, into: scratch)
        let bytes = table.columns * plan.dtype.byteCount
        round(scratch, table.columns, to: base + table.offset + row * bytes)
      }
    }
  }

  /// Rows of a tensor, [rows.count, columns].
  private func read(_ tensor: String, _ rows: Range<Int>, columns: Int, into out: UnsafeMutablePointer<Float>) {
    source.read(tensor, rows: rows, into: out)
    if plan.holdsHalves, hasValueBeyondHalf(out, count: rows.count * columns) { overflow.set(tensor) }
  }

  /// Columns of a tensor [depth, outputs] as rows, [columns.count, depth].
  private func readTransposed(
    _ tensor: String, _ columns: Range<Int>, depth: Int, into out: UnsafeMutablePointer<Float>
  ) {
    // Few enough that the strip stays in L1 while it is turned.
    let block = 64
    withUnsafeTemporaryAllocation(of: Float.self, capacity: block * columns.count) { strip in
      for first in stride(from: 0, to: depth, by: block) {
        let rows = first..<min(depth, first + block)
        source.read(tensor, rows: rows, columns: columns, into: strip.baseAddress!)
        for row in 0..<rows.count {
          for column in 0..<columns.count { out[column * depth + first + row] = strip[row * columns.count + column] }
        }
      }
    }
    if plan.holdsHalves, hasValueBeyondHalf(out, count: columns.count * depth) { overflow.set(tensor) }
  }

  private func rowsOf(_ panel: Int, _ matrix: WeightPlan.Matrix) -> Range<Int> {
    let first = panel * plan.panelWidth
    return first..<min(matrix.columns, first + plan.panelWidth)
  }

  private func packPanel(_ index: Int, _ panel: Int, _ scratch: UnsafeMutablePointer<Float>) {
    let matrix = plan.matrices[index]
    let packed = plan.matrix(index, base)
    let rows = rowsOf(panel, matrix)
    if packStored(matrix, packed, panel, rows, scratch) { return }
    // Rows between aligned pieces belong to none and stay zero.
    scratch.update(repeating: 0, count: rows.count * matrix.depth)
    for part in matrix.parts(rows) {
      let target = scratch + part.targetRow * matrix.depth
      if matrix.inputsFirst {
        readTransposed(part.tensor, part.sourceRows, depth: matrix.depth, into: target)
      } else {
        read(part.tensor, part.sourceRows, columns: matrix.depth, into: target)
      }
    }
    packed.pack(panel: panel, scratch, rows: rows.count, kernels: kernels)
  }

  /// Packs rows that are stored in the matrix's dtype as they are; `false` when they are not, or when one of them must be
  /// looked at closely. `scratch` has room for the panel in fp32.
  private func packStored(
    _ matrix: WeightPlan.Matrix, _ packed: PackedMatrix, _ panel: Int, _ rows: Range<Int>,
    _ scratch: UnsafeMutableRawPointer
  ) -> Bool {
    guard !matrix.inputsFirst, packed.takesStoredRows(of: matrix.dtype) else { return false }
    return withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: plan.panelWidth) { addresses in
      addresses.initialize(repeating: nil)
      let rowBytes = matrix.depth * matrix.dtype.byteCount
      for part in matrix.parts(rows) {
        let target = scratch + part.targetRow * rowBytes
        guard source.copyStored(part.tensor, rows: part.sourceRows, as: matrix.dtype, to: target) else { return false }
        for index in 0..<part.sourceRows.count {
          addresses[part.targetRow + index] = UnsafeRawPointer(target + index * rowBytes)
        }
      }
      return packed.pack(panel: panel, storedRows: addresses.baseAddress!)
    }
  }

  private func readVector(_ vector: WeightPlan.Vector) {
    let values = (base + vector.offset).assumingMemoryBound(to: Float.self)
    for piece in vector.pieces {
      read(
        piece.tensor, piece.sourceRow..<piece.sourceRow + piece.rows, columns: 1, into: values + piece.firstRow)
    }
    guard plan.dtype != .fp32 else { return }
    let halves = UnsafeMutablePointer<UInt16>.allocate(capacity: vector.count)
    defer { halves.deallocate() }
    round(values, vector.count, to: halves)
    if plan.dtype == .bf16 {
      kernels.conversion.fp32FromBF16(halves, values, vector.count)
    } else {
      kernels.conversion.fp32FromFP16(halves, values, vector.count)
    }
  }

  /// Writes `count` values in the weights' dtype.
  private func round(_ values: UnsafePointer<Float>, _ count: Int, to target: UnsafeMutableRawPointer) {
    switch plan.dtype {
    case .fp32: target.copyMemory(from: values, byteCount: count * 4)
    case .bf16: kernels.conversion.bf16FromFP32(values, target.assumingMemoryBound(to: UInt16.self), count)
    case .fp16: kernels.conversion.fp16FromFP32(values, target.assumingMemoryBound(to: UInt16.self), count)
    }
  }
}

/// A text that the first of many threads sets.
private final class SharedText: Sendable {
  private let text = Mutex<String?>(nil)

  var value: String? { text.withLock { $0 } }

  func set(_ value: String) { text.withLock { $0 = $0 ?? value } }
}
