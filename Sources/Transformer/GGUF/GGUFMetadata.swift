/// Reads the key-value pairs of a GGUF header.
///
/// Every type of the format is read: integers that fit 64 bits signed stay integers, all other numbers become doubles.
struct GGUFMetadata {
  /// Arrays inside one another; the format allows any number, no file needs more than one.
  private static let depthLimit = 4
  /// Elements of all arrays together: several times what the largest vocabulary needs.
  private static let elementLimit = 1 << 22
  private static let pairLimit = 1 << 16

  private(set) var entries: [ConfigurationValue.Entry] = []
  private var elementCount = 0

  /// Reads `count` pairs.
  init(_ cursor: inout GGUFCursor, count: Int) throws(InputError) {
    var keys = UniqueKeys()
    for index in 0..<count {
      let key = try cursor.string("the key of pair \(index)")
      guard !key.isEmpty else { throw cursor.error([], "pair \(index) has no key") }
      guard keys.insert(key) else { throw cursor.error([quoted(key)], "the key appears twice") }
      let path = [quoted(key)]
      let type = try cursor.integer(UInt32.self, "the type", at: path)
      entries.append(.init(key: key, value: try value(&cursor, type, path, depth: 0)))
    }
  }

  /// Reads the number of pairs; each takes a key of a byte or more, a type and a value of a byte or more.
  static func count(_ cursor: inout GGUFCursor) throws(InputError) -> Int {
    try cursor.count(of: "metadata pairs", size: 8 + 1 + 4 + 1, limit: pairLimit)
  }

  private mutating func value(
    _ cursor: inout GGUFCursor, _ type: UInt32, _ path: [String], depth: Int
  ) throws(InputError) -> ConfigurationValue {
    switch type {
    case 0: return .integer(Int(try cursor.integer(UInt8.self, "a number", at: path)))
    case 1: return .integer(Int(try cursor.integer(Int8.self, "a number", at: path)))
    case 2: return .integer(Int(try cursor.integer(UInt16.self, "a number", at: path)))
    case 3: return .integer(Int(try cursor.integer(Int16.self, "a number", at: path)))
    case 4: return .integer(Int(try cursor.integer(UInt32.self, "a number", at: path)))
    case 5: return .integer(Int(try cursor.integer(Int32.self, "a number", at: path)))
    case 6: return .number(Double(Float(bitPattern: try cursor.integer(UInt32.self, "a number", at: path))))
    case 7:
      let byte = try cursor.integer(UInt8.self, "a boolean", at: path)
      guard byte <= 1 else { throw cursor.error(path, "a boolean is \(byte), not 0 or 1") }
      return .bool(byte == 1)
    case 8: return .string(try cursor.string("a text", at: path))
    case 9: return try array(&cursor, path, depth: depth)
    case 10:
      let number = try cursor.integer(UInt64.self, "a number", at: path)
      return Int(exactly: number).map { .integer($0) } ?? .number(Double(number))
    case 11: return .integer(Int(try cursor.integer(Int64.self, "a number", at: path)))
    case 12: return .number(Double(bitPattern: try cursor.integer(UInt64.self, "a number", at: path)))
    default: throw cursor.error(path, "its type \(type) is none of GGUF's")
    }
  }

  private mutating func array(
    _ cursor: inout GGUFCursor, _ path: [String], depth: Int
  ) throws(InputError) -> ConfigurationValue {
    guard depth < Self.depthLimit else {
      throw cursor.error(path, "arrays are nested more than \(Self.depthLimit) deep")
    }
    let type = try cursor.integer(UInt32.self, "the type of an array's elements", at: path)
    let count = try cursor.count(
      of: "elements", size: Self.leastSize(type), limit: Self.elementLimit - elementCount, at: path)
    elementCount += count
    var elements: [ConfigurationValue] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try value(&cursor, type, path, depth: depth + 1)) }
    return .array(elements)
  }

  /// Bytes that a value of a type takes at least.
  private static func leastSize(_ type: UInt32) -> Int {
    switch type {
    case 2, 3: 2
    case 4, 5, 6: 4
    case 8, 10, 11, 12: 8
    case 9: 12
    default: 1
    }
  }
}
