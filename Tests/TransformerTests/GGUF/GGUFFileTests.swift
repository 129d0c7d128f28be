import Testing

@testable import Transformer

@Suite struct GGUFFileTests {
  let folder: CheckpointTestFolder

  init() throws { folder = try CheckpointTestFolder() }

  private func open(_ file: GGUFBytes) throws -> GGUFFile {
    try GGUFFile(path: folder.write("model.gguf", file.bytes))
  }

  private func failure(_ bytes: [UInt8]) throws -> InputError {
    let path = try folder.write("model.gguf", bytes)
    let error = #expect(throws: InputError.self) { try GGUFFile(path: path) }
    #expect(error?.file == path)
    #expect(error?.cure != nil)
    return try #require(error)
  }

  private func failure(_ change: (inout GGUFBytes) -> Void) throws -> InputError {
    var file = GGUFBytes()
    change(&file)
    return try failure(file.bytes)
  }

  @Test("metadata of every type keep their values and order", arguments: [2, 3] as [UInt32])
  func metadataTypes(version: UInt32) throws {
    var file = GGUFBytes()
    file.version = version
    file.pair("u8", 0, [200])
    file.pair("i8", 1, [0xFF])
    file.pair("u16", 2, littleEndian(UInt16(65535)))
    file.pair("i16", 3, littleEndian(Int16(-2)))
    file.pair("u32", UInt32.max)
    file.pair("i32", 5, littleEndian(Int32(-3)))
    file.pair("f32", float: 1.5)
    file.pair("true", 7, [1])
    file.pair("false", 7, [0])
    file.pair("text", "é😀")
    file.pair("list", array: 4, count: 2, littleEndian(UInt32(7)) + littleEndian(UInt32(8)))
    file.pair("texts", array: 8, count: 2, GGUFBytes.string("a") + GGUFBytes.string(""))
    file.pair("nested", array: 9, count: 1, littleEndian(UInt32(0)) + littleEndian(UInt64(2)) + [1, 2])
    file.pair("empty", array: 6, count: 0, [])
    file.pair("u64", 10, littleEndian(UInt64(1) << 40))
    file.pair("huge", 10, littleEndian(UInt64.max))
    file.pair("i64", 11, littleEndian(Int64.min))
    file.pair("f64", 12, littleEndian((-2.25).bitPattern))
    let opened = try open(file)
    #expect(opened.version == Int(version))
    let expected: [(String, ConfigurationValue)] = [
      ("u8", .integer(200)), ("i8", .integer(-1)), ("u16", .integer(65535)), ("i16", .integer(-2)),
      ("u32", .integer(4_294_967_295)), ("i32", .integer(-3)), ("f32", .number(1.5)), ("true", .bool(true)),
      ("false", .bool(false)), ("text", .string("é😀")), ("list", .array([.integer(7), .integer(8)])),
      ("texts", .array([.string("a"), .string("")])), ("nested", .array([.array([.integer(1), .integer(2)])])),
      ("empty", .array([])), ("u64", .integer(1 << 40)), ("huge", .number(0x1p64)),
      ("i64", .integer(.min)), ("f64", .number(-2.25)),
    ]
    #expect(opened.metadata == .object(expected.map { .init(key: $0.0, value: $0.1) }))
  }

  @Test("tensors come with their types, slowest dimension first, and bytes")
  func tensors() throws {
    var file = GGUFBytes()
    file.tensor("b", [2, 3], offset: 32)
    file.tensor("a", [], type: 30, offset: 0)
    file.tensor("q", [2, 32], type: 8, offset: 64)
    file.tensor("none", [0, 4], offset: 160)
    file.data = (0..<160).map { UInt8($0) }
    let opened = try open(file)
    #expect(opened.entries.map(\.name) == ["a", "b", "q", "none"])
    #expect(opened.entry("a")?.type.dtype == .bf16)
    #expect(opened.entry("b")?.shape == [2, 3])
    #expect(Array(opened.bytes(of: try #require(opened.entry("a")))) == [0, 1])
    #expect(Array(opened.bytes(of: try #require(opened.entry("b")))) == (32..<56).map { UInt8($0) })
    #expect(opened.bytes(of: try #require(opened.entry("q"))).count == 68)
    #expect(opened.entry("q")?.type.dtype == nil)
    #expect(opened.entry("c") == nil)
  }

  @Test("the alignment that the file states is the tensors'", arguments: [1, 8, 64, 4096])
  func alignment(alignment: Int) throws {
    var file = GGUFBytes()
    file.alignment = alignment
    file.pair("general.alignment", UInt32(alignment))
    file.tensor("a", [1], offset: 0)
    file.tensor("b", [1], offset: UInt64(max(4, alignment)))
    file.data = floatBytes([1]) + Array(repeating: 0, count: max(4, alignment) - 4) + floatBytes([2])
    let opened = try open(file)
    #expect(Array(opened.bytes(of: try #require(opened.entry("b")))) == floatBytes([2]))
  }

  @Test(
    "another magic number or version is refused by name",
    arguments: [
      ("ggml", 3, "older than GGUF"), ("tjgg", 3, "older than GGUF"), ("GGUX", 3, "does not begin with 'GGUF'"),
      ("GGUF", 0, "version 0"), ("GGUF", 1, "version 1"), ("GGUF", 4, "version 4"), ("GGUF", .max, "version"),
      ("GGUF", UInt32(3).byteSwapped, "big-endian (version 3)"),
    ] as [(String, UInt32, String)])
  func versions(magic: String, version: UInt32, message: String) throws {
    let error = try failure {
      $0.magic = Array((magic == "ggml" ? "lmgg" : magic).utf8)
      $0.version = version
    }
    #expect(error.problem.contains(message))
  }

  @Test(
    "a count that no file can hold is refused before anything is allocated for it",
    arguments: [1 << 60, .max, 1 << 63, 1 << 40, 1000] as [UInt64])
  func hostileCounts(count: UInt64) throws {
    #expect(try failure { $0.tensorCount = count }.problem.contains("\(count) tensors"))
    #expect(try failure { $0.pairCount = count }.problem.contains("\(count) metadata pairs"))
    #expect(try failure { $0.pair("a", array: 8, count: count, []) }.problem.contains("\(count) elements"))
    #expect(try failure { $0.pair("a", array: 0, count: count, []) }.path == ["'a'"])
    #expect(try failure { $0.pair("a", 8, littleEndian(count)) }.problem.contains("\(count) bytes"))
    var long = GGUFBytes()
    long.tensors = [littleEndian(count) + Array(repeating: 0, count: 20)]
    #expect(try failure(long.bytes).problem.contains("\(count) bytes"))
  }

  @Test("a file that ends anywhere too early is refused")
  func truncated() throws {
    var file = GGUFBytes()
    file.pair("general.name", "x")
    file.pair("list", array: 4, count: 2, littleEndian(UInt64(0)))
    file.tensor("a", [3], offset: 0)
    file.data = floatBytes([1, 2, 3])
    let bytes = file.bytes
    for count in bytes.indices { _ = try failure(Array(bytes[..<count])) }
    #expect(try failure(Array(bytes[..<(bytes.count - 1)])).problem.contains("is truncated"))
    _ = try open(file)
  }

  @Test("what a header must not say is refused with the name of what says it")
  func malformed() throws {
    let cases: [(path: [String], problem: String, change: (inout GGUFBytes) -> Void)] = [
      (
        ["'k'"], "appears twice",
        {
          $0.pair("k", 1); $0.pair("k", "x")
        }
      ),
      ([], "has no key", { $0.pair("", 1) }),
      (["'k'"], "its type 13", { $0.pair("k", 13, [0]) }),
      (["'k'"], "its type 99", { $0.pair("k", array: 99, count: 1, [0]) }),
      (["'k'"], "a boolean is 2", { $0.pair("k", 7, [2]) }),
      (["'k'"], "is not UTF-8", { $0.pair("k", 8, littleEndian(UInt64(2)) + [0xC3, 0x28]) }),
      ([], "is not UTF-8", { $0.pairs = [([0xFF], littleEndian(UInt32(0)) + [0])] }),
      (["general.alignment"], "power of two, is 0", { $0.pair("general.alignment", 0) }),
      (["general.alignment"], "power of two, is 24", { $0.pair("general.alignment", 24) }),
      (["general.alignment"], "power of two, is 'x'", { $0.pair("general.alignment", "x") }),
      (["general.alignment"], "power of two", { $0.pair("general.alignment", 10, littleEndian(UInt64(1) << 62)) }),
      (
        ["'t'"], "two tensors",
        {
          $0.tensor("t", [0], offset: 0); $0.tensor("t", [0], offset: 0)
        }
      ),
      (["'t'"], "5 dimensions", { $0.tensor("t", [1, 1, 1, 1, 1], offset: 0) }),
      (["'t'"], "more elements than 64 bits", { $0.tensor("t", [1 << 32, 1 << 32], offset: 0) }),
      (["'t'"], "more elements than 64 bits", { $0.tensor("t", [0, 1 << 32, 1 << 32], offset: 0) }),
      (["'t'"], "more elements than 64 bits", { $0.tensor("t", [.max], offset: 0) }),
      (["'t'"], "more bytes than 64 bits", { $0.tensor("t", [1 << 62], offset: 0) }),
      (["'t'"], "is truncated", { $0.tensor("t", [1 << 60], offset: 0) }),
      (["'t'"], "is truncated", { $0.tensor("t", [1], offset: 1 << 62) }),
      (["'t'"], "beyond what 64 bits", { $0.tensor("t", [1], offset: UInt64.max - 31) }),
      (["'t'"], "no multiple of the alignment 32", { $0.tensor("t", [1], offset: 4) }),
      (["'t'"], "whole number of Q4_K's blocks", { $0.tensor("t", [2, 255], type: 12, offset: 0) }),
      (["'t'"], "type 4 was removed", { $0.tensor("t", [32], type: 4, offset: 0) }),
      (["'t'"], "type 1000 is not known", { $0.tensor("t", [32], type: 1000, offset: 0) }),
      (
        ["'t'"], "overlap",
        {
          $0.tensor("s", [9], offset: 0)
          $0.tensor("t", [1], offset: 32)
          $0.data = Array(repeating: 0, count: 64)
        }
      ),
    ]
    for (index, expected) in cases.enumerated() {
      let error = try failure(expected.change)
      #expect(error.path == expected.path, "case \(index): \(error)")
      #expect(error.problem.contains(expected.problem), "case \(index): \(error)")
    }
  }

  @Test("arrays inside arrays are refused beyond a few levels, however many there are")
  func depth() throws {
    let level = littleEndian(UInt32(9)) + littleEndian(UInt64(1))
    let error = try failure {
      $0.pair("k", 9, (0..<100_000).flatMap { _ in level } + littleEndian(UInt32(0)) + littleEndian(UInt64(0)))
    }
    #expect(error.problem.contains("nested more than 4 deep"))
  }

  @Test("elements that all arrays hold together are limited")
  func manyElements() throws {
    let error = try failure { file in
      for index in 0..<5 {
        file.pair("k\(index)", array: 0, count: 1 << 20, Array(repeating: 0, count: 1 << 20))
      }
    }
    #expect(error.path == ["'k4'"])
  }

  @Test("no changed byte of a header leads to a read outside the file")
  func changedBytes() throws {
    var file = GGUFBytes()
    file.pair("general.alignment", 32)
    file.pair("list", array: 8, count: 2, GGUFBytes.string("a") + GGUFBytes.string("bc"))
    file.tensor("a", [2, 3], offset: 0)
    file.tensor("b", [32], type: 8, offset: 32)
    file.data = Array(repeating: 7, count: 66)
    let bytes = file.bytes
    var readable = 0
    for position in 0..<file.header.count {
      for byte in [0, 1, 2, 8, 9, 0x7F, 0x80, 0xFF] as [UInt8] {
        var changed = bytes
        changed[position] = byte
        guard let opened = try? GGUFFile(path: folder.write("changed", changed)) else { continue }
        for entry in opened.entries {
          #expect(entry.range.upperBound <= bytes.count)
          #expect(opened.bytes(of: entry).count == entry.range.count)
        }
        readable += 1
      }
    }
    #expect(readable > 0)
  }
}
