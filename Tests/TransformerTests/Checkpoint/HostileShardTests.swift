import Foundation
import Testing

@testable import Transformer

/// Folders whose index or shards are not what they should be.
@Suite struct HostileShardTests {
  let folder: CheckpointTestFolder

  init() throws {
    folder = try CheckpointTestFolder()
    try folder.write("config.json", "{}")
    try shard("one.safetensors", "a")
    try shard("two.safetensors", "b")
  }

  private func shard(_ file: String, _ tensor: String) throws {
    try folder.safetensors(
      file, header: #"{"\#(tensor)":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: [0, 0, 0, 0])
  }

  private func writeIndex(_ map: String) throws {
    try folder.write("model.safetensors.index.json", #"{"weight_map":{\#(map)}}"#)
  }

  private func failure() throws -> InputError {
    try #require(#expect(throws: InputError.self) { try CheckpointFolder(folder.path) })
  }

  @Test("a tensor in two shards is refused with both")
  func twice() throws {
    try shard("two.safetensors", "a")
    try writeIndex(#""a": "one.safetensors""#)
    #expect(try CheckpointFolder(folder.path).tensorNames == ["a"])
    try folder.safetensors(
      "two.safetensors",
      header:
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      data: Array(repeating: 0, count: 8))
    try writeIndex(#""a": "one.safetensors", "b": "two.safetensors""#)
    let error = try failure()
    #expect(error.path == ["'a'"])
    #expect(error.description.contains("one.safetensors") && error.description.contains("two.safetensors"))
  }

  @Test("a shard that is cut short is refused by name")
  func truncated() throws {
    try writeIndex(#""a": "one.safetensors", "b": "two.safetensors""#)
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/two.safetensors"))
    for count in [0, 7, 20, whole.count - 1] {
      try folder.write("two.safetensors", Array(whole.prefix(count)))
      #expect(try failure().file?.contains("two.safetensors") == true)
    }
  }

  @Test("a symbolic link to a file is followed, as download caches need, and one to anything else refused")
  func links() throws {
    try writeIndex(#""a": "link.safetensors""#)
    let link = folder.path + "/link.safetensors"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "one.safetensors")
    #expect(try CheckpointFolder(folder.path).tensorNames == ["a"])
    for target in ["nothing", "link.safetensors", ".", "/dev/zero"] {
      try FileManager.default.removeItem(atPath: link)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
      #expect(try failure().description.contains("link.safetensors"), "\(target)")
    }
  }

  @Test("an index that is no JSON, or hides its end behind a hundred thousand brackets, is refused")
  func notJSON() throws {
    for text in ["", "{", String(repeating: "[", count: 100_000), "{\"weight_map\":\u{0}}"] {
      try folder.write("model.safetensors.index.json", text)
      #expect(try failure().file?.contains("index.json") == true)
    }
  }

  @Test("a config.json that is a folder, a device or endless brackets is refused")
  func configuration() throws {
    try writeIndex(#""a": "one.safetensors""#)
    try folder.write("config.json", String(repeating: "{\"a\":", count: 100_000))
    #expect(try failure().problem.contains("nested more than"))
    try FileManager.default.removeItem(atPath: folder.path + "/config.json")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/config.json", withDestinationPath: "/dev/zero")
    #expect(try failure().problem.contains("device"))
  }
}
