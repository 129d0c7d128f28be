@testable import Transformer

/// Tensors larger than this are not read: time goes into headers.
private let elementLimit = 1 << 14

/// Every tensor of a file that opens lies inside it and can be read.
func fuzzSafetensors(_ bytes: UnsafeRawBufferPointer) {
  guard let file = try? SafetensorsFile(MappedFile(borrowing: bytes, as: "fuzz")) else { return }
  for entry in file.entries {
    precondition(file.entry(entry.name) == entry)
    let tensor = StoredTensor(
      name: entry.name, dtype: entry.dtype, shape: entry.shape, bytes: file.bytes(of: entry), file: file.file)
    readAll(tensor)
  }
}

/// Every tensor of a file that opens lies inside it and can be read; a model that fits its tensors has all of them.
func fuzzGGUF(_ bytes: UnsafeRawBufferPointer) {
  guard let file = try? GGUFFile(MappedFile(borrowing: bytes, as: "fuzz")) else { return }
  for entry in file.entries {
    precondition(file.entry(entry.name) == entry)
    let tensor = StoredTensor(
      name: entry.name, dtype: entry.type.dtype, shape: entry.shape, bytes: file.bytes(of: entry), file: file.file)
    readAll(tensor)
  }
  guard let checkpoint = try? GGUFCheckpoint(file), let model = try? checkpoint.modelConfiguration(),
    model.layerCount < 64, (try? checkpoint.validate(against: model)) != nil
  else { return }
  for tensor in model.tensors where tensor.elementCount <= elementLimit {
    let rows = tensor.shape[0]
    withUnsafeTemporaryAllocation(of: Float.self, capacity: tensor.elementCount) {
      checkpoint.read(tensor.name, rows: 0..<rows, into: $0.baseAddress!)
    }
  }
  _ = checkpoint.nonFinite
}

private func readAll(_ tensor: StoredTensor) {
  use(tensor.bytes.reduce(0, &+))
  let (count, overflow) = tensor.rowCount.multipliedReportingOverflow(by: tensor.columnCount)
  precondition(!overflow)
  guard count > 0, count <= elementLimit else { return }
  let log = NonFiniteLog()
  withUnsafeTemporaryAllocation(of: Float.self, capacity: count) {
    tensor.read(rows: 0..<tensor.rowCount, into: $0.baseAddress!, log: log)
  }
  if let (_, index) = log.first { _ = tensor.nonFiniteError(at: index, file: "fuzz") }
}

/// Keeps the optimiser from leaving out the reads that made `value`.
@inline(never)
private func use(_ value: UInt8) {
  withUnsafePointer(to: value) { precondition(UnsafeRawPointer($0) != UnsafeRawPointer(bitPattern: 1)) }
}
