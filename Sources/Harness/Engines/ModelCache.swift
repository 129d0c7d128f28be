import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Models on disk for engines that read files: written once, found again by what they are.
///
/// An entry is a folder whose name is a hash of everything that decides the weights, with that text beside them. It
/// holds `checkpoint/` in Hugging Face's layout and what was converted from it.
struct ModelCache {
  /// The folder of all entries.
  var root: String
  /// Bytes that all entries may take together.
  var sizeLimit: Int

  /// One model.
  struct Entry {
    var folder: String
    /// The folder in Hugging Face's layout: the entry's own, or the user's.
    var checkpoint: String
  }

  /// GB that the cache may take unless LLM_BENCH_CACHE_GB says otherwise.
  private static let defaultGigabytes = 100

  /// The cache of the process: LLM_BENCH_CACHE, otherwise `folder`/cache.
  static func standard(in folder: String, variables: [String: String]) throws -> ModelCache {
    let root = variables["LLM_BENCH_CACHE"].flatMap { $0.isEmpty ? nil : $0 } ?? folder + "/cache"
    var gigabytes = defaultGigabytes
    if let text = variables["LLM_BENCH_CACHE_GB"] {
      guard let number = Int(text), (1...1_000_000).contains(number) else {
        throw InputError(
          path: ["LLM_BENCH_CACHE_GB"], problem: "is \(text)", cure: "Set it to a whole number of gigabytes.")
      }
      gigabytes = number
    }
    return ModelCache(root: root, sizeLimit: gigabytes * 1_000_000_000)
  }

  /// The model of a sweep, exported when it is not there.
  ///
  /// - Throws: `InputError` when it does not fit or cannot be written.
  func checkpoint(of sweep: Sweep, progress: Progress) throws -> Entry {
    let description = Self.description(sweep)
    let folder = root + "/" + Self.key(description)
    try ResultsFolder.create(folder, otherwise: "set LLM_BENCH_CACHE to another folder")
    removeAbandoned(in: folder)
    try remember(description, in: folder)
    if case .checkpoint(let users) = sweep.model { return Entry(folder: folder, checkpoint: users) }
    let checkpoint = folder + "/checkpoint"
    if !SystemFile.exists(checkpoint) {
      if case .random(let configuration, _) = sweep.model {
        // Twice the weights: an engine's own format takes about as much again.
        let (bytes, overflow) = configuration.parameterCount.multipliedReportingOverflow(
          by: 2 * sweep.modelDType.byteCount)
        try makeRoom(for: overflow ? .max : bytes, keeping: folder)
      }
      try place(checkpoint) { try ExportJob.write(sweep, to: $0, progress: progress) }
    }
    return Entry(folder: folder, checkpoint: checkpoint)
  }

  /// What `convert` makes of an entry, made when it is not there.
  ///
  /// - Parameters:
  ///   - size: bytes that must be free: engines' own tools say little when a disk is full.
  ///   - convert: writes to the path that it is given.
  func converted(
    _ entry: Entry, to product: String, size: Int = 0, _ convert: (String) throws -> Void
  ) throws -> String {
    let path = entry.folder + "/" + product
    if !SystemFile.exists(path) {
      try AtomicFile.requireRoom(size, for: path)
      try place(path, convert)
    }
    return path
  }

  /// Makes `path` by way of a neighbour, so that it is there whole or not at all.
  private func place(_ path: String, _ make: (String) throws -> Void) throws {
    // The name's end stays: some engines read a format from it.
    let slash = path.lastIndex(of: "/")!
    let temporary = "\(path[..<slash])/partial-\(MakerMark.own)-\(path[path.index(after: slash)...])"
    FileTree.remove(temporary)
    do {
      try make(temporary)
    } catch {
      FileTree.remove(temporary)
      throw error
    }
    if rename(temporary, path) != 0 {
      let code = errno
      FileTree.remove(temporary)
      // Another run has been faster.
      if SystemFile.exists(path) { return }
      throw InputError(
        file: path, problem: "cannot be created: \(errorText(code))", cure: "Make room, or set LLM_BENCH_CACHE.")
    }
  }

  /// Removes what runs that were killed have left half made.
  private func removeAbandoned(in folder: String) {
    for name in FileTree.names(in: folder) ?? [] {
      guard name.hasPrefix("partial-"), let end = name.lastIndex(of: "-") else { continue }
      let mark = name[..<end].dropFirst("partial-".count)
      if MakerMark.isAbandoned(mark) { FileTree.remove(folder + "/" + name) }
    }
  }

  /// Writes what the entry is; its time says when it was used last.
  private func remember(_ description: String, in folder: String) throws {
    let path = folder + "/description.txt"
    if SystemFile.text(path) == description {
      utimes(path, nil)
      return
    }
    guard !SystemFile.exists(path) else {
      throw InputError(
        file: path, problem: "describes another model of the same hash", cure: "Empty the cache: make clean-cache.")
    }
    var file = try AtomicFile(path: path)
    try file.write(description)
    try file.commit()
  }

  /// Removes the entries that were used longest ago until `bytes` more fit.
  func makeRoom(for bytes: Int, keeping kept: String) throws {
    guard bytes <= sizeLimit else {
      throw InputError(
        file: root, problem: "the model takes \(byteText(bytes)) there, its limit is \(byteText(sizeLimit))",
        cure: "Raise the limit: LLM_BENCH_CACHE_GB=\(bytes / 1_000_000_000 + 1).")
    }
    var entries = (FileTree.names(in: root) ?? []).map { root + "/" + $0 }
      .filter { $0 != kept && SystemFile.exists($0 + "/description.txt") }
      .map { (folder: $0, bytes: FileTree.byteCount($0), used: FileTree.modificationTime($0 + "/description.txt")) }
    var total = entries.reduce(FileTree.byteCount(kept)) { $0 + $1.bytes }
    entries.sort { $0.used < $1.used }
    for entry in entries where total + bytes > sizeLimit {
      FileTree.remove(entry.folder)
      total -= entry.bytes
    }
  }

  /// Everything that decides the weights.
  static func description(_ sweep: Sweep) -> String {
    switch sweep.model {
    case .random(let configuration, let deviation):
      return "random \(sweep.seed) \(deviation) \(sweep.modelDType.rawValue) \(configuration)"
    case .checkpoint(let folder):
      // Another file in the same place is another model.
      let files = (FileTree.names(in: folder) ?? []).sorted().map { name in
        let path = folder + "/" + name
        return "\(name) \(FileTree.size(path)) \(FileTree.modificationTime(path))"
      }
      return "checkpoint \(FileTree.absolute(folder)) \(sweep.modelDType.rawValue) \(files.joined(separator: ", "))"
    }
  }

  static func key(_ description: String) -> String {
    let digits = String(FNV1a.hash(description.utf8), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
