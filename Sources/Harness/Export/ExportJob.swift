import Tensor
import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `llm-bench export`: writes the model that `run` would build as a folder in Hugging Face's layout.
public struct ExportJob {
  public var sweepFile: String
  public var overrides: [String]
  /// The folder to write.
  public var folder: String
  private let standardError: any TextSink

  public init(
    sweepFile: String, overrides: [String], folder: String, standardError: any TextSink = DescriptorSink.standardError
  ) {
    self.sweepFile = sweepFile
    self.overrides = overrides
    self.folder = folder
    self.standardError = standardError
  }

  /// Writes model.safetensors, then config.json: a folder with a config.json is complete. A signal ends the
  /// process and leaves neither.
  ///
  /// - Throws: `InputError` for a folder that holds a model already or cannot be written.
  public func run() throws -> CommandStatus {
    let sweep = try SweepFile.load(path: sweepFile, overrides: overrides)
    // Before any thread is started: all inherit the blocked signals.
    SignalWatch.block()
    try Self.write(sweep, to: folder, progress: Progress(sink: standardError)) { watchSignals(files: $0) }
    return .done
  }

  /// Writes the model of a sweep to a folder that holds none.
  ///
  /// - Parameter begins: called before anything is written, with the files that will be.
  static func write(
    _ sweep: Sweep, to folder: String, progress: Progress, begins: (_ files: [String]) -> Void = { _ in }
  ) throws {
    let (configuration, source) = try ModelOrigin.open(sweep.model, seed: sweep.seed)
    guard configuration.tensorNaming == .family else {
      throw InputError(
        path: ["checkpoint"], problem: "is a GGUF file, which is not exported",
        cure: "name a folder in Hugging Face's layout, or leave it out for random weights")
    }
    guard !folder.isEmpty else {
      throw InputError(path: ["DIR"], problem: "names no folder", cure: "Give the path of the folder to write.")
    }
    try ResultsFolder.create(folder, otherwise: "give another folder")
    let configurationFile = folder + "/config.json"
    let weightsFile = folder + "/model.safetensors"
    for path in [configurationFile, weightsFile] where SystemFile.exists(path) {
      throw InputError(file: path, problem: "exists already", cure: "Give another folder, or remove it.")
    }

    // Another export into the folder would be taken for this one's files when a signal ends either.
    let lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(lock) }
    guard lock < 0 || flock(lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      throw InputError(
        file: folder, problem: "another export writes there", cure: "Give another folder, or wait for it.")
    }
    begins([weightsFile, configurationFile])
    let specifications = configuration.tensors
    progress.loadBegan("\(configuration.parameterCount) parameters into \(weightsFile)")
    let total = specifications.reduce(0.0) { $0 + Self.elements($1.shape) }
    var done = 0.0
    let tensors = specifications.map { specification in
      let columns = Self.elements(Array(specification.shape.dropFirst()))
      return SafetensorsWriter.Tensor(
        name: specification.name, dtype: sweep.modelDType, shape: specification.shape
      ) { rows, destination in
        source.read(specification.name, rows: rows, into: destination)
        done += Double(rows.count) * columns
        progress.loaded(total > 0 ? done / total : 1)
      }
    }
    try SafetensorsWriter.write(tensors, to: weightsFile)
    if let nonFinite = (source as? any Checkpoint)?.nonFinite { throw nonFinite }
    var file = try AtomicFile(path: configurationFile)
    try file.write(JSONWriter(indentation: 2).text(options(configuration, source, sweep.modelDType)) + "\n")
    try file.commit()
    progress.loadEnded(folder)
  }

  /// - Parameter files: none of them existed when the job began.
  private func watchSignals(files: [String]) {
    let (standardError, folder) = (standardError, folder)
    SignalWatch.start { signal in
      for file in files {
        AtomicFile.discard(path: file)
        unlink(file)
      }
      let clearing = standardError.erasesLines ? ProgressBar.erasure : ""
      try? standardError.write("\(clearing)interrupted: nothing is left in \(folder)\n  Run the same command again.\n")
      SignalWatch.exit(signal)
    }
  }

  /// The exported config.json: a random model's options, or those of a checkpoint of another family with the new dtype.
  private static func options(
    _ configuration: ModelConfiguration, _ source: any WeightSource, _ dtype: DType
  ) -> ConfigurationValue {
    guard configuration.family != .mpt, let checkpoint = source as? CheckpointFolder,
      case .object(var entries) = checkpoint.configuration
    else { return configuration.mptConfigurationJSON(dtype: dtype) }
    entries.removeAll { $0.key == "torch_dtype" || $0.key == "dtype" }
    let name =
      switch dtype {
      case .fp32: "float32"
      case .bf16: "bfloat16"
      case .fp16: "float16"
      }
    entries.append(.init(key: "torch_dtype", value: .string(name)))
    return .object(entries)
  }

  private static func elements(_ shape: [Int]) -> Double { shape.reduce(1) { $0 * Double($1) } }
}
