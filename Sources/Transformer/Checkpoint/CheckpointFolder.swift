import Tensor

/// A checkpoint in Hugging Face's layout: config.json with model.safetensors, or with model.safetensors.index.json and
/// the shards that it names.
///
/// Opening reads the configuration and every file's header but no weights. Files stay mapped, and large parts of them
/// are read; rows come as fp32 or as they are stored, watched for NaN and infinity, which `nonFinite` reports once all is read.
public final class CheckpointFolder: Checkpoint {
  public let path: String
  /// The parsed config.json.
  public let configuration: ConfigurationValue
  private let files: [SafetensorsFile]
  /// Tensor name to file; only tensors that the index names, when there is one.
  private let locations: [String: Location]
  private let nonFiniteLog = NonFiniteLog()

  private struct Location {
    var file: Int
    var entry: SafetensorsFile.Entry
  }

  /// Opens the folder at `path`.
  ///
  /// - Throws: what is missing, malformed or not supported, and in which file.
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
      try Self.checkApart(files)
    } else {
      throw Self.noWeights(path)
    }
    self.files = files
    self.locations = locations
  }

  /// A tensor in two shards leaves open which one was meant.
  private static func checkApart(_ files: [SafetensorsFile]) throws(InputError) {
    var owners: [String: Int] = [:]
    for (number, file) in files.enumerated() {
      for entry in file.entries {
        guard let other = owners.updateValue(number, forKey: entry.name) else { continue }
        throw InputError(
          file: file.path, path: [quoted(entry.name)], problem: "is also in \(files[other].path)",
          cure: "fetch the checkpoint again")
      }
    }
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

  public var configurationName: String { "config.json" }

  public var tensorNames: [String] { locations.keys.sorted() }

  public func dtype(of name: String) -> DType? { locations[name]?.entry.dtype }

  public func dtypeName(of name: String) -> String? { locations[name]?.entry.dtypeName }

  // MARK: WeightSource

  public func shape(of name: String) -> [Int]? { locations[name]?.entry.shape }

  /// Rows as fp32. A tensor whose dtype cannot be read, which `validate(against:)` refuses, reads as NaN.
  public func read(_ name: String, rows: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
    guard let location = locations[name] else { preconditionFailure("\(path) has no tensor \(name)") }
    stored(location).read(rows: rows, into: destination, log: nonFiniteLog)
  }

  public func read(
    _ name: String, rows: Range<Int>, columns: Range<Int>, into destination: UnsafeMutablePointer<Float>
  ) {
    guard let location = locations[name] else { preconditionFailure("\(path) has no tensor \(name)") }
    stored(location).read(rows: rows, columns: columns, into: destination, log: nonFiniteLog)
  }

  public func copyStored(
    _ name: String, rows: Range<Int>, as dtype: DType, to destination: UnsafeMutableRawPointer
  ) -> Bool {
    locations[name].map { stored($0).copy(rows: rows, as: dtype, to: destination) } ?? false
  }

  public func willRead(_ name: String, rows: Range<Int>) {
    if let location = locations[name] { stored(location).willRead(rows: rows) }
  }

  public func release(_ name: String) {
    guard let location = locations[name] else { return }
    files[location.file].release(location.entry)
  }

  private func stored(_ location: Location) -> StoredTensor {
    let entry = location.entry
    let file = files[location.file]
    return StoredTensor(
      name: entry.name, dtype: entry.dtype, shape: entry.shape, bytes: file.bytes(of: entry), file: file.file)
  }

  public var nonFinite: InputError? {
    guard let (name, index) = nonFiniteLog.first, let location = locations[name] else { return nil }
    guard location.entry.dtype != nil else { return unreadableDType(name, location.entry.dtypeName) }
    return stored(location).nonFiniteError(at: index, file: files[location.file].path)
  }

  public func unreadableDType(_ name: String, _ dtypeName: String) -> InputError {
    InputError(
      file: path, path: [quoted(name)], problem: "its dtype \(quoted(dtypeName)) is not supported",
      cure: "use a checkpoint in F32, BF16 or F16")
  }

  public func isHarmless(_ name: String, for model: ModelConfiguration) -> Bool {
    // A copy of the tied embeddings, tables that follow from the configuration, causal masks, transformer-engine's
    // bookkeeping.
    let suffixes = [
      ".inv_freq", "._extra_state", ".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias",
    ]
    return (model.tiedEmbeddings && name == model.outputTensorName) || suffixes.contains { name.hasSuffix($0) }
  }
}
