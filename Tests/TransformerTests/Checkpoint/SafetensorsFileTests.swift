import Foundation
import Testing

@testable import Transformer

@Suite struct SafetensorsFileTests {
  let folder: CheckpointTestFolder

  init() throws { folder = try CheckpointTestFolder() }

  private func open(header: String, data: [UInt8] = []) throws -> SafetensorsFile {
    try SafetensorsFile(path: folder.safetensors(header: header, data: data))
  }

  @Test("a well-formed file gives names, dtypes, shapes, metadata and bytes, in the order of the bytes")
  func wellFormed() throws {
    let header =
      #"{"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]},"__metadata__":{"format":"pt"},"#
      + #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"s":{"dtype":"F16","shape":[],"data_offsets":[12,14]},"#
      + #""e":{"dtype":"F32","shape":[0,5],"data_offsets":[14,14]}}   "#
    let file = try open(header: header, data: Array(0..<14))
    #expect(file.entries.map(\.name) == ["a", "b", "s", "e"])
    #expect(file.metadata == ["format": "pt"])
    let b = try #require(file.entry("b"))
    #expect(b.dtype == .bf16)
    #expect(b.shape == [1, 2])
    #expect(Array(file.bytes(of: b)) == [8, 9, 10, 11])
    #expect(file.entry("s")?.rowCount == 1)
    let empty = try #require(file.entry("e"))
    #expect(file.bytes(of: empty).isEmpty)
    #expect(file.entry("c") == nil)
  }

  @Test("dtypes that the engine does not read may stand in a file")
  func otherDTypes() throws {
    let header =
      #"{"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"x":{"dtype":"NEW9","shape":[3],"data_offsets":[8,11]}}"#
    let file = try open(header: header, data: Array(repeating: 0, count: 11))
    #expect(file.entry("i")?.dtype == nil)
    #expect(file.entry("x")?.dtypeName == "NEW9")
  }

  @Test(
    "a header that breaks the format's rules is refused with the tensor's name",
    arguments: [
      // Overlap, hole, remainder, truncation.
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
        12, "'b': its bytes overlap"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
        12, "'b': 4 bytes before it"
      ),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "'a': 4 bytes before it"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "1 bytes after the last tensor"),
      (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#, 4, "is truncated"),
      (#"{}"#, 1, "1 bytes after the last tensor"),
      // Shapes and sizes.
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "'a': its shape [2] of F32 does not fill"),
      (#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#, 1, "'a': its shape [3] of F4"),
      (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, 4, "more elements than"),
      (#"{"a":{"dtype":"F32","shape":[0,4611686018427387904,8],"data_offsets":[0,0]}}"#, 0, "more elements than"),
      (#"{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,4]}}"#, 4, "does not fill"),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "must be a list of sizes"),
      (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4, "must be a list of sizes"),
      (#"{"a":{"dtype":"F32","shape":4,"data_offsets":[0,4]}}"#, 4, "must be a list of sizes"),
      (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#, 4, "must be a list of sizes"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "data_offsets must be"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, "data_offsets must be"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#, 4, "data_offsets must be"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4, "data_offsets must be"),
      // Members.
      (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, 4, "'a': has no dtype"),
      (#"{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}"#, 4, "'a': has no dtype"),
      (#"{"a":[]}"#, 0, "'a': has no dtype"),
      (#"{"__metadata__":{"n":1}}"#, 0, "must be a string"),
      (#"{"__metadata__":[]}"#, 0, "must be a mapping of strings"),
      (
        #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#,
        0, "'a' appears twice"
      ),
      (
        "{\"é\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"
          + "\"e\u{301}\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "two tensors have this name"
      ),
      ("[]", 0, "does not begin with '{'"), ("", 0, "does not begin with '{'"), (" {}", 0, "does not begin with '{'"),
      ("{", 0, "found the end of the file"),
    ] as [(String, Int, String)])
  func malformed(header: String, dataCount: Int, message: String) throws {
    let error = #expect(throws: InputError.self) {
      try open(header: header, data: Array(repeating: 0, count: dataCount))
    }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    #expect(error?.file?.hasPrefix(folder.path) == true)
  }

  @Test("a truncated file names both sizes")
  func truncated() throws {
    let header = #"{"a":{"dtype":"F32","shape":[250],"data_offsets":[0,1000]}}"#
    let error = #expect(throws: InputError.self) { try open(header: header, data: Array(repeating: 0, count: 600)) }
    let start = 8 + header.utf8.count
    #expect(
      error?.problem == "is truncated: the header describes \(start + 1000) bytes, the file has \(start + 600)")
  }

  @Test(
    "a header length that cannot be is refused before anything is allocated for it",
    arguments: [UInt64(1) << 63, .max, 100_000_001, 1 << 40])
  func headerLength(length: UInt64) throws {
    let path = try folder.write("a", littleEndian(length) + [0x7B, 0x7D])
    let error = #expect(throws: InputError.self) { try SafetensorsFile(path: path) }
    #expect(error?.problem.contains("\(length)") == true)
  }

  @Test("a file too short for its header is refused", arguments: [0, 1, 7])
  func tooShort(count: Int) throws {
    let path = try folder.write("a", [UInt8](repeating: 0, count: count))
    #expect(throws: InputError.self) { try SafetensorsFile(path: path) }
    let cut = try folder.write("b", littleEndian(UInt64(100)) + [0x7B, 0x7D])
    let error = #expect(throws: InputError.self) { try SafetensorsFile(path: cut) }
    #expect(error?.problem == "the header takes 108 bytes, the file has only 10")
  }

  @Test("what is no regular file is refused and never waited for")
  func notRegular() throws {
    #expect(throws: InputError.self) { try SafetensorsFile(path: folder.path) }
    #expect(throws: InputError.self) { try SafetensorsFile(path: folder.path + "/missing") }
    #expect(throws: InputError.self) { try SafetensorsFile(path: "a\0b") }
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let error = #expect(throws: InputError.self) { try SafetensorsFile(path: pipe) }
    #expect(error?.problem.contains("pipe") == true)
  }

  @Test("no changed byte of a header leads to a read outside the file")
  func changedBytes() throws {
    let header =
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]}}"#
    let bytes = littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + Array(repeating: 7, count: 12)
    var readable = 0
    for position in 0..<8 + header.utf8.count {
      for byte in [0, 0x20, 0x2D, 0x30, 0x39, 0x5D, 0x7D, 0xFF] as [UInt8] {
        var changed = bytes
        changed[position] = byte
        guard let file = try? SafetensorsFile(path: folder.write("changed", changed)) else { continue }
        for entry in file.entries {
          #expect(entry.range.upperBound <= bytes.count)
          #expect(file.bytes(of: entry).count == entry.range.count)
        }
        readable += 1
      }
    }
    // Names and dtypes may change without harm.
    #expect(readable > 0)
  }

  @Test("a tensor reads the same after its pages were given back")
  func release() throws {
    let values = (0..<5000).map { Float($0) }
    let header = #"{"a":{"dtype":"F32","shape":[5000],"data_offsets":[0,20000]}}"#
    let file = try open(header: header, data: floatBytes(values))
    let entry = try #require(file.entry("a"))
    let before = Array(file.bytes(of: entry))
    file.release(entry)
    #expect(Array(file.bytes(of: entry)) == before)
  }
}
