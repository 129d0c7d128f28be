import Foundation
import Testing

@testable import Transformer

/// Every case that the format's own library tests its reader with, by what it is about.
@Suite struct SafetensorsReferenceTests {
  let folder: CheckpointTestFolder

  init() throws { folder = try CheckpointTestFolder() }

  private func open(_ header: String, _ dataCount: Int, length: Int? = nil) throws -> SafetensorsFile {
    let bytes = littleEndian(UInt64(length ?? header.utf8.count)) + Array(header.utf8)
    return try SafetensorsFile(path: folder.write("a.safetensors", bytes + Array(repeating: 0, count: dataCount)))
  }

  private func failure(_ bytes: [UInt8]) throws -> String {
    let path = try folder.write("a.safetensors", bytes)
    let error = #expect(throws: InputError.self) { try SafetensorsFile(path: path) }
    return error?.problem ?? ""
  }

  private func failure(_ header: String, _ dataCount: Int) throws -> String {
    try failure(
      littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + Array(repeating: 0, count: dataCount))
  }

  private static func tensor(_ shape: String, _ offsets: String, _ dtype: String = "I32") -> String {
    #"{"test":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
  }

  @Test("a tensor, a scalar, a tensor without elements and a file without tensors are read")
  func readable() throws {
    let matrix = try #require(try open(Self.tensor("[2,2]", "[0,16]"), 16).entry("test"))
    #expect(matrix.shape == [2, 2])
    #expect(matrix.dtypeName == "I32")
    #expect(matrix.range.count == 16)
    let scalar = try open(Self.tensor("[]", "[0,4]"), 4)
    #expect(scalar.entry("test")?.shape == [])
    #expect(scalar.entry("test")?.rowCount == 1)
    let empty = try open(Self.tensor("[2,0]", "[0, 0]"), 0)
    #expect(empty.entry("test")?.shape == [2, 0])
    #expect(empty.entry("test")?.range.isEmpty == true)
    #expect(try open("{}", 0).entries.isEmpty)
    #expect(try open(#"{"__metadata__":{"framework":"pt"}}"#, 0).metadata == ["framework": "pt"])
  }

  @Test("white space of every kind may follow the header's JSON, and none may precede it")
  func whitespace() throws {
    #expect(try open("{}\r \t\n", 0).entries.isEmpty)
    #expect(try failure("\t\n{}\r ", 0).contains("does not begin with '{'"))
  }

  @Test("the files of a GPT-2 of 12 blocks open with every tensor in its place")
  func manyTensors() throws {
    var end = 0
    var members: [String] = []
    for layer in 0..<12 {
      for (name, shape) in [("ln_1.weight", [8]), ("attn.bias", [1, 1, 4, 4]), ("mlp.c_fc.weight", [8, 32])] {
        let next = end + 4 * shape.reduce(1, *)
        members.append(#""h.\#(layer).\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(end),\#(next)]}"#)
        end = next
      }
    }
    let file = try open("{\(members.joined(separator: ","))}", end)
    #expect(file.entries.count == 36)
    #expect(file.entry("h.11.mlp.c_fc.weight")?.shape == [8, 32])
  }

  @Test("many tensors that claim the same bytes are refused")
  func sharedBytes() throws {
    let members = (0..<10).map { #""w\#($0)":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}"# }
    #expect(try failure("{\(members.joined(separator: ","))}", 16).contains("its bytes overlap"))
  }

  @Test("bytes after the last tensor, and bytes that are missing, are refused")
  func otherLength() throws {
    #expect(try failure(Self.tensor("[2,2]", "[0,16]"), 16 + 34).contains("34 bytes after the last tensor"))
    #expect(try failure(Self.tensor("[2,2]", "[0,16]"), 14).contains("is truncated"))
  }

  @Test("a header that is too large, too small or longer than the file is refused")
  func headerLength() throws {
    let header = Array(Self.tensor("[2,2]", "[0,16]").utf8)
    #expect(try failure([0x3C, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF] + header).contains("beyond the format's limit"))
    #expect(try failure([]).contains("has 0 bytes"))
    #expect(try failure([0x3C, 0, 0, 0, 0, 0, 0, 0]).contains("the header takes 68 bytes"))
    #expect(try failure(littleEndian(UInt64(1) << 63) + header).contains("9223372036854775808"))
  }

  @Test("a header that is not UTF-8 or not JSON is refused")
  func headerText() throws {
    #expect(try failure([1, 0, 0, 0, 0, 0, 0, 0, 0xFF]).contains("does not begin with '{'"))
    #expect(try failure([4, 0, 0, 0, 0, 0, 0, 0] + Array("{\"".utf8) + [0xFF, 0x7D]).contains("not UTF-8"))
    #expect(try failure("{", 0).contains("found the end of the file"))
    #expect(try failure("{\"a\":" + String(repeating: "[", count: 100_000), 0).contains("nested more than"))
  }

  @Test("a shape that disagrees with the bytes, or that no integer can count, is refused")
  func shapes() throws {
    #expect(try failure(Self.tensor("[2,2]", "[0, 4]"), 4).contains("does not fill its 4 bytes"))
    #expect(try failure(Self.tensor("[2,18446744073709551614]", "[0,16]"), 16).contains("list of sizes"))
    #expect(try failure(Self.tensor("[2,9223372036854775807]", "[0,16]"), 16).contains("more elements than"))
    #expect(try failure(Self.tensor("[9223372036854775807]", "[0,16]"), 16).contains("does not fill"))
  }

  @Test("elements of less than a byte must fill whole bytes")
  func fractions() throws {
    #expect(try open(Self.tensor("[2,3]", "[0,3]", "F4"), 3).entries.count == 1)
    #expect(try open(Self.tensor("[4]", "[0,3]", "F6_E2M3"), 3).entries.count == 1)
    #expect(try failure(Self.tensor("[3]", "[0,2]", "F4"), 2).contains("does not fill"))
    #expect(try failure(Self.tensor("[3]", "[0,2]", "F6_E3M2"), 2).contains("does not fill"))
  }
}
