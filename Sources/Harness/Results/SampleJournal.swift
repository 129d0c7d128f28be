import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `samples.jsonl`: the samples of trials that an interleaved sweep has not finished, on disk before the next is taken.
///
/// A sweep that is interrupted finds them again; one that ends removes the file, for the rows then hold them all.
final class SampleJournal {
  static let name = "samples.jsonl"
  /// How every line begins.
  private static let beginning = Array("{\"identity\":\"".utf8)

  private let path: String
  private let identity: String
  private let descriptor: Int32
  /// Samples of an earlier run, by the trial's number and name.
  private(set) var samples: [Key: [Sample]] = [:]

  struct Key: Hashable {
    var number: Int
    var name: String
  }

  /// Opens or creates the file of a folder that a results file has locked.
  ///
  /// - Parameter keepsSamples: `false` begins anew.
  /// - Throws: `InputError` when the file cannot be written, or holds what would be lost: samples of an interrupted sweep
  ///   that this one does not go on with, or something else.
  init(folder: String, identity: RunIdentity, keepsSamples: Bool) throws {
    path = folder + "/" + Self.name
    self.identity = identity.fields.map { "\($0.key)=\($0.value)" }.joined(separator: "|")
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0o644)
    guard descriptor >= 0 else { throw Self.failure(path) }
    let limit = 1 << 30
    var status = stat()
    // A pipe would be read for ever.
    let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size < limit
    let text = isFile ? SystemFile.bytes(path, limit: limit) ?? [] : []
    // A crash leaves the beginning of a line, or blocks of zeros.
    guard isFile, text.first == 0 || text.starts(with: Self.beginning.prefix(text.count)) else {
      throw InputError(file: path, problem: "is no file of samples", cure: "Remove it, or give another --output.")
    }
    var length = 0
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
      guard let (key, sample) = read(String(decoding: line, as: UTF8.self)) else { break }
      guard keepsSamples else {
        throw InputError(
          file: path, problem: "already holds samples of a sweep that was interrupted",
          cure: "Add --resume to go on with them, give another --output, or remove the file.")
      }
      guard let key else {
        throw InputError(
          file: path, problem: "holds samples of another sweep, machine or build",
          cure: "Give another --output, or remove the file.")
      }
      samples[key, default: []].append(sample)
      length += line.count + 1
    }
    // What a crash has torn, and what follows it.
    guard ftruncate(descriptor, off_t(length)) == 0 else { throw Self.failure(path) }
  }

  deinit { close(descriptor) }

  /// Appends a sample and waits until it is on disk.
  func append(_ sample: Sample, of entry: SweepRunner.Entry) throws {
    var object = JSONObject()
    object["identity"] = .string(identity)
    object["trial"] = .integer(entry.number)
    object["name"] = .string(entry.trial.name)
    object["sample"] = sample.json
    let bytes = Array((JSONWriter().text(object.value) + "\n").utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Self.failure(path) }
      done += count
    }
    guard fsync(descriptor) == 0 else { throw Self.failure(path) }
  }

  /// Removes the file, unless it holds samples of trials that have no row yet.
  ///
  /// - Parameter recorded: numbers of the trials that have one.
  func remove(recorded: Set<Int>) {
    if samples.keys.allSatisfy({ recorded.contains($0.number) }) { unlink(path) }
  }

  /// The sample of a line, with no key when another sweep or machine took it; `nil` for a line that is none.
  private func read(_ line: String) -> (Key?, Sample)? {
    guard let value = try? JSONParser(file: path).parse(line), let sample = value["sample"].flatMap(Sample.init(json:)),
      let number = value["trial"]?.integerValue, let name = value["name"]?.stringValue
    else { return nil }
    return (value["identity"]?.stringValue == identity ? Key(number: number, name: name) : nil, sample)
  }

  private static func failure(_ path: String) -> InputError {
    InputError(
      file: path, problem: "cannot be written: \(errorText(errno))",
      cure: "Make room or permit writing, or give another --output.")
  }
}

extension Sample {
  var json: ConfigurationValue {
    var object = JSONObject()
    object["latency_s"] = .optional(latency)
    object["prefill_s"] = .optional(prefill)
    object["token_s"] = .array(tokens.map { .optional($0) })
    return object.value
  }

  /// `nil` for a value that is no sample.
  init?(json: ConfigurationValue) {
    guard let latency = json["latency_s"]?.doubleValue, let prefill = json["prefill_s"]?.doubleValue,
      let tokens = json["token_s"]?.arrayValue
    else { return nil }
    let seconds = tokens.compactMap(\.doubleValue)
    // Beyond what any clock and any patience measures, figures made of it would be no numbers.
    let possible = 1e-12...1e9
    guard seconds.count == tokens.count, possible.contains(latency), possible.contains(prefill),
      seconds.allSatisfy({ $0 >= 0 && $0 <= possible.upperBound })
    else { return nil }
    self.init(latency: latency, prefill: prefill, tokens: seconds)
  }
}
