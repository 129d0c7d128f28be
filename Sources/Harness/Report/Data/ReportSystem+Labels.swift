import Transformer

extension ReportSystem {
  /// Reads several folders and gives each the shortest name that tells it from the others.
  static func read(_ paths: [String]) throws -> [ReportSystem] {
    var seen: Set<String> = []
    let unique = paths.filter { seen.insert($0).inserted }
    guard !unique.isEmpty else {
      throw InputError(
        path: ["DIR"], problem: "is missing", cure: "Give one or more folders that `llm-bench run` wrote results to.")
    }
    guard unique.count <= 64 else {
      throw InputError(path: ["DIR"], problem: "is given \(unique.count) times", cure: "Give 64 folders at most.")
    }
    var systems = try unique.map { try read($0) }
    let names = labels(unique)
    for index in systems.indices {
      systems[index].label = names[index] ?? systems[index].rows[0].benchmark
    }
    let isOne = systems.count == 1
    systems = systems.flatMap { $0.byEngine(named: isOne ? "" : $0.label + " ") }
    // Names that are still equal, as of "." in two versions, get numbers.
    var counts: [String: Int] = [:]
    for index in systems.indices {
      let label = String(systems[index].label.prefix(80))
      counts[label, default: 0] += 1
      systems[index].label = counts[label] == 1 ? label : "\(label) (\(counts[label] ?? 0))"
    }
    return systems
  }

  /// A system for each engine that measured rows, in their order; one of a single engine stays as it is.
  func byEngine(named prefix: String) -> [ReportSystem] {
    var engines: [String] = []
    for row in rows where !engines.contains(row.engine) { engines.append(row.engine) }
    guard engines.count > 1 else { return [self] }
    return engines.enumerated().map { index, engine in
      ReportSystem(
        label: prefix + engine, rows: rows.filter { $0.engine == engine }, notes: index == 0 ? notes : [])
    }
  }

  /// The last parts of each path, as few as make all different; `nil` where no part is a name.
  static func labels(_ paths: [String]) -> [String?] {
    let parts = paths.map { path -> [Substring] in
      var parts = path.split(separator: "/").filter { $0 != "." }
      if parts.last == "results.jsonl"[...] { parts.removeLast() }
      return parts
    }
    let longest = parts.map(\.count).max() ?? 0
    // A run without --output has a folder named for its time inside one named for the benchmark.
    let timeNames = parts.allSatisfy { $0.last?.first?.isNumber ?? true }
    var depth = timeNames ? 2 : 1
    func names() -> [String] { parts.map { $0.suffix(depth).joined(separator: "/") } }
    while depth < longest, Set(names()).count < paths.count { depth += 1 }
    return zip(names(), parts).map { name, parts in parts.last == nil || parts.last == ".." ? nil : name }
  }
}
