import Synchronization
import Tensor

/// A checkpoint in Hugging Face's layout: config.json with model.safetensors, or with model.safetensors.index.json and
/// the shards that it names.
///
/// Opening reads the configuration and every file's header but no weights. The weights stay mapped; each read converts
/// rows to fp32 and watches for NaN and infinity, which `nonFinite` reports once all is read.
public final class CheckpointFolder: WeightSource {
  public let path: String
  /// The parsed config.json.
  public let configuration: ConfigurationValue
  private let files: [SafetensorsFile]
  /// Tensor name to file; only tensors that the index names, when there is one.
  private let locations: [String: Location]
  /// The first index of a value that is not finite, by tensor.
  private let nonFiniteIndices = Mutex<[String: Int]>([:])

  private struct Location {
    var file: Int
    var entry: SafetensorsFile.Entry
  }

  public init(_ path: String) throws(InputError) {
    self.path = path
    guard RegularFile.exists(path) else {
      throw InputError(file: path, problem: "there is no such folder", cure: "check the path")
    }
    configuration = try JSONParser.parse(
      contentsOf: path + "/config.json", sizeLimit: 1 << 24, allowsNonFiniteNumbers: true)
    let single = path + "/model.safetensors"
    let index = path + "/model.safetensors.index.json"
    var files: [SafetensorsFile] = []
    var locations: [String: Location] = [:]
    if RegularFile.exists(single) {
      let file = try SafetensorsFile(path: single)
      for entry in file.entries { locations[entry.name] = Location(file: 0, entry: entry) }
      files = [file]
    } else if RegularFile.exists(index) {
      for (tensor, shard) in try ShardIndex(path: index).shards {
        if shard.number == files.count {
          guard RegularFile.exists(path + "/" + shard.name) else {
            throw InputError(
              file: index, path: ["weight_map", quoted(tensor)], problem: "the shard \(quoted(shard.name)) is missing",
              cure: "fetch the missing file into the folder")
          }
          files.append(try SafetensorsFile(path: path + "/" + shard.name))
        }
        guard let entry = files[shard.number].entry(tensor) else {
          throw InputError(
            file: path + "/" + shard.name, path: [quoted(tensor)],
            problem: "is not in this shard, where \(index) places it", cure: "fetch the checkpoint again")
        }
        locations[tensor] = Location(file: shard.number, entry: entry)
      }
    } else {
      throw Self.noWeights(path)
    }
    self.files = files
    self.locations = locations
  }

  private static func noWeights(_ path: String) -> InputError {
    let pickled = ["pytorch_model.bin", "pytorch_model.bin.index.json"].first { RegularFile.exists("\(path)/\($0)") }
    return InputError(
      file: path, problem: "holds neither model.safetensors nor model.safetensors.index.json",
      cure: pickled.map { "convert \($0) with transformers: save_pretrained(…, safe_serialization=True)" }
        ?? "name a folder with a checkpoint in Hugging Face's layout")
  }

  /// The model that config.json describes.
  public func modelConfiguration() throws(InputError) -> ModelConfiguration {
    do throws(InputError) {
      var model = try ModelConfiguration.huggingFace(configuration)
      // The originals' loader takes checkpoints of the model without its head too.
      let names = model.tensorNames
      let embedding = names.embedding + ".weight"
      model.omitsBasePrefix = locations[names.base + embedding] == nil && locations[embedding] != nil
      return model
    } catch {
      var error = error
      error.file = path + "/config.json"
      throw error
    }
  }

  /// The names of all tensors, sorted.
  public var tensorNames: [String] { locations.keys.sorted() }

  /// The dtype that the tensor is stored in, or `nil` when there is none of that name or it is none that can be read.
  public func dtype(of name: String) -> DType? { locations[name]?.entry.dtype }

  /// The dtype as the file spells it, or `nil` when there is no tensor of that name.
  public func dtypeName(of name: String) -> String? { locations[name]?.entry.dtypeName }

  // MARK: WeightSource

  public func shape(of name: String) -> [Int]? { locations[name]?.entry.shape }

  /// Rows as fp32. A tensor whose dtype cannot be read, which `validate(against:)` refuses, reads as NaN.
  public func read(_ name: String, rows: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
    guard let location = locations[name] else { preconditionFailure("\(path) has no tensor \(name)") }
    let entry = location.entry
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= entry.rowCount, "rows \(rows) of \(name), which has \(entry.rowCount)")
    let columns = entry.columnCount
    let count = rows.count * columns
    guard count > 0 else { return }
    guard let dtype = entry.dtype else {
      destination.update(repeating: .nan, count: count)
      return recordNonFinite(name, at: rows.lowerBound * columns)
    }
    widen(location, name, dtype, from: rows.lowerBound * columns, count: count, into: destination)
  }

  /// Part of some rows as fp32, [rows.count, columns.count].
  public func read(
    _ name: String, rows: Range<Int>, columns: Range<Int>, into destination: UnsafeMutablePointer<Float>
  ) {
    guard let location = locations[name] else { preconditionFailure("\(path) has no tensor \(name)") }
    let entry = location.entry
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= entry.rowCount && columns.lowerBound >= 0
        && columns.upperBound <= entry.columnCount, "rows \(rows) and columns \(columns) of \(name)")
    for row in rows {
      let target = destination + (row - rows.lowerBound) * columns.count
      let first = row * entry.columnCount + columns.lowerBound
      guard let dtype = entry.dtype else {
        target.update(repeating: .nan, count: columns.count)
        recordNonFinite(name, at: first)
        continue
      }
      widen(location, name, dtype, from: first, count: columns.count, into: target)
    }
  }

  /// Converts elements that follow each other in the file and notes what is not finite among them.
  private func widen(
    _ location: Location, _ name: String, _ dtype: DType, from first: Int, count: Int,
    into destination: UnsafeMutablePointer<Float>
  ) {
    let source = files[location.file].bytes(of: location.entry).baseAddress! + first * dtype.byteCount
    // In blocks, so that the check finds the values still in the cache.
    let blockSize = 1 << 14
    for start in stride(from: 0, to: count, by: blockSize) {
      let blockCount = min(blockSize, count - start)
      RowConversion.widen(
        source + start * dtype.byteCount, as: dtype, count: blockCount, into: destination + start)
      if let index = firstNonFinite(destination + start, count: blockCount) {
        recordNonFinite(name, at: first + start + index)
      }
    }
  }

  public func release(_ name: String) {
    guard let location = locations[name] else { return }
    files[location.file].release(location.entry)
  }

  private func recordNonFinite(_ name: String, at index: Int) {
    nonFiniteIndices.withLock { indices in
      indices[name] = min(indices[name] ?? .max, index)
    }
  }

  /// The first NaN or infinity among the rows read so far, by tensor name and then index; ask when all is read.
  public var nonFinite: InputError? {
    let first = nonFiniteIndices.withLock { indices in indices.min { $0.key < $1.key } }
    guard let (name, index) = first, let location = locations[name] else { return nil }
    let entry = location.entry
    let file = files[location.file]
    guard let dtype = entry.dtype else { return unreadableDType(name, entry.dtypeName) }
    var value: Float = 0
    RowConversion.widen(
      file.bytes(of: entry).baseAddress! + index * dtype.byteCount, as: dtype, count: 1, into: &value)
    var place = "element \(index)"
    if entry.shape.count > 1 { place += " (row \(index / entry.columnCount), column \(index % entry.columnCount))" }
    return InputError(
      file: file.path, path: [quoted(name)], problem: "\(place) is \(value.isNaN ? "NaN" : "infinite")",
      cure: "the training diverged or the file is damaged: use another checkpoint")
  }

  func unreadableDType(_ name: String, _ dtypeName: String) -> InputError {
    InputError(
      file: path, path: [quoted(name)], problem: "its dtype \(quoted(dtypeName)) is not supported",
      cure: "use a checkpoint in F32, BF16 or F16")
  }
}
