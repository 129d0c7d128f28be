import Transformer

/// Writes merged rows as a results folder.
enum MergedFolder {
  /// Writes `folder`/results.jsonl, which appears when all of it is on disk.
  ///
  /// - Returns: the file's path.
  static func write(_ rows: [PlacedRow], to folder: String) throws -> String {
    try ResultsFolder.create(folder)
    let path = folder + "/" + ResultsFile.name
    var file = try AtomicFile(path: path)
    for row in rows { try file.write(row.row.line + "\n") }
    try file.commit()
    return path
  }

  /// A folder's name for each machine, no two the same.
  static func names(_ machines: [String]) -> [String] {
    var taken: Set<String> = []
    return machines.map { machine in
      let name = ResultsFolder.fileName(machine)
      var unique = name
      var count = 1
      while !taken.insert(unique).inserted {
        count += 1
        unique = "\(name)-\(count)"
      }
      return unique
    }
  }
}
