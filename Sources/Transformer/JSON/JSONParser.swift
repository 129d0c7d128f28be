/// Reads RFC 8259 JSON into a `ConfigurationValue`.
///
/// Strict: one value, no comments, no trailing commas, no byte-order mark, valid UTF-8, every key once. Integers that
/// fit 64 bits stay integers, all other numbers become doubles. Time and memory are linear in the input and the
/// nesting is limited, so hostile files cost no more than their size.
///
/// Errors name `file:line:column` and the byte offset.
public struct JSONParser: Sendable {
  /// Named in errors.
  public var file: String?
  /// The line of the file that the text begins with, where each line is a text of its own.
  public var firstLine = 1
  /// Lists and mappings inside one another.
  public var depthLimit = 128
  /// Whether `NaN`, `Infinity` and `-Infinity`, which Python's writer emits, are numbers.
  public var allowsNonFiniteNumbers = false

  public init(file: String? = nil, allowsNonFiniteNumbers: Bool = false) {
    self.file = file
    self.allowsNonFiniteNumbers = allowsNonFiniteNumbers
  }

  /// The value that `text` spells.
  ///
  /// - Throws: what is wrong and where.
  public func parse(_ text: String) throws(InputError) -> ConfigurationValue {
    try parse(Array(text.utf8))
  }

  /// The value that `bytes` spell, in UTF-8.
  ///
  /// - Throws: what is wrong and where.
  public func parse(_ bytes: [UInt8]) throws(InputError) -> ConfigurationValue {
    try bytes.withUnsafeBytes { buffer in
      Result { () throws(InputError) in try parse(buffer) }
    }.get()
  }

  /// The value that `bytes` spell; they need to live only for the call.
  public func parse(_ bytes: UnsafeRawBufferPointer) throws(InputError) -> ConfigurationValue {
    var scanner = JSONScanner(bytes, depthLimit: depthLimit, allowsNonFiniteNumbers: allowsNonFiniteNumbers)
    do {
      return try scanner.document()
    } catch {
      throw error.inputError(in: bytes, file: file, firstLine: firstLine)
    }
  }

  /// The value in the file at `path`, which must be a regular file of at most `sizeLimit` bytes.
  public static func parse(
    contentsOf path: String, sizeLimit: Int = 1 << 28, allowsNonFiniteNumbers: Bool = false
  ) throws(InputError) -> ConfigurationValue {
    let bytes = try RegularFile.contents(of: path, sizeLimit: sizeLimit)
    return try JSONParser(file: path, allowsNonFiniteNumbers: allowsNonFiniteNumbers).parse(bytes)
  }
}

/// What is wrong at a byte of a JSON text.
struct JSONError: Error {
  var offset: Int
  var problem: String
  var cure: String?

  init(at offset: Int, _ problem: String, cure: String? = nil) {
    self.offset = offset
    self.problem = problem
    self.cure = cure
  }

  /// Lines and columns count from 1, columns in characters as an editor shows them (Unicode scalars).
  func inputError(in bytes: UnsafeRawBufferPointer, file: String?, firstLine: Int) -> InputError {
    var line = firstLine
    var column = 1
    for byte in bytes[..<min(offset, bytes.count)] {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    let place = "\(line):\(column)"
    return InputError(
      file: file.map { "\($0):\(place)" } ?? place, problem: "\(problem) (byte \(offset))",
      cure: cure ?? "correct it there, or fetch the file again")
  }
}
