import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where the drivers and the Python environments of the peers are.
struct PeerInstallation: Sendable {
  /// The folder of the drivers, Benchmarks/Peers.
  var drivers: String
  /// The folder of the environments, .peers.
  var environments: String
  /// Variables of this process.
  var variables: [String: String]

  /// The project is the nearest folder around the executable, or around the working directory, that has the drivers.
  static func find(variables: [String: String] = processVariables()) -> PeerInstallation? {
    let executable = (try? readLink("/proc/self/exe")) ?? CommandLine.arguments.first ?? ""
    let starts = [executable, workingDirectory() + "/x"]
    for start in starts {
      var parts = start.split(separator: "/", omittingEmptySubsequences: true).dropLast()
      while true {
        let folder = "/" + parts.joined(separator: "/")
        let drivers = folder + (folder == "/" ? "" : "/") + "Benchmarks/Peers"
        if SystemFile.exists(drivers + "/peer_protocol.py") {
          return PeerInstallation(
            drivers: drivers, environments: variables["LLM_BENCH_PEERS"] ?? folder + "/.peers", variables: variables)
        }
        if parts.isEmpty { break }
        parts = parts.dropLast()
      }
    }
    return nil
  }

  /// The engine's Python: the one that a variable such as LLM_BENCH_PYTHON_HF names, or its environment's.
  ///
  /// - Throws: `EngineProblem.refused` with the way to install it.
  func interpreter(of engine: EngineName) throws(EngineProblem) -> String {
    let variable = Self.variable(engine)
    if let path = variables[variable], !path.isEmpty {
      guard access(path, X_OK) == 0 else {
        throw .refused("\(variable) names \(path), which is no program")
      }
      return path
    }
    let folder = environments + "/" + engine.environment
    guard SystemFile.exists("\(folder)/\(engine.rawValue).installed"), access(folder + "/bin/python", X_OK) == 0 else {
      throw .refused("not installed: make peers PEERS=\(engine.rawValue)")
    }
    return folder + "/bin/python"
  }

  /// The variable that names an existing interpreter.
  static func variable(_ engine: EngineName) -> String { "LLM_BENCH_PYTHON_" + engine.rawValue.uppercased() }

  /// What a driver sees: this process's variables without those that would change what Python loads, the number of
  /// threads for every library that reads one, and no network.
  func environment(threads: Int) -> [String: String] {
    var result = variables
    for key in ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"] { result[key] = nil }
    for key in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"] {
      result[key] = "\(threads)"
    }
    for key in ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "PYTHONUNBUFFERED"] {
      result[key] = "1"
    }
    result["TOKENIZERS_PARALLELISM"] = "false"
    result["CUDA_VISIBLE_DEVICES"] = ""
    return result
  }

  static func processVariables() -> [String: String] {
    var result: [String: String] = [:]
    var next = environ
    while let pointer = next.pointee {
      let text = String(cString: pointer)
      if let equals = text.firstIndex(of: "=") {
        result[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      next += 1
    }
    return result
  }

  private static func workingDirectory() -> String {
    guard let pointer = getcwd(nil, 0) else { return "" }
    defer { free(pointer) }
    return String(cString: pointer)
  }

  private static func readLink(_ path: String) throws -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink(path, &buffer, buffer.count)
    guard count > 0 else { throw EngineProblem.failed("no link") }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Why an engine has no samples.
enum EngineProblem: Error, Equatable {
  /// It cannot do what the sweep asks for, or is not there.
  case refused(String)
  case outOfMemory(String)
  case failed(String)

  /// One line for a person: of many last words the last, which in Python says what went wrong.
  static func line(_ reason: String) -> String {
    let lines = reason.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
    guard let first = lines.first, let last = lines.last, lines.count > 1 else {
      return Excerpt.printable(String(reason.prefix(600)))
    }
    let head = first.split(separator: ";").first.map(String.init) ?? ""
    return Excerpt.printable("\(head.prefix(300)): \(SystemFile.trimmed(last).prefix(300))")
  }

  var outcome: TrialResult.Outcome {
    switch self {
    case .refused(let reason): .refused(reason)
    case .outOfMemory(let reason): .outOfMemory(reason)
    case .failed(let reason): .failed(reason)
    }
  }
}
