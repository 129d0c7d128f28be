import Foundation
import Tensor
import Testing

@testable import Transformer

@Suite struct SafetensorsWriterTests {
  let folder: CheckpointTestFolder

  init() throws { folder = try CheckpointTestFolder() }

  private static func counting(_ name: String, _ dtype: DType, _ shape: [Int]) -> SafetensorsWriter.Tensor {
    let columns = shape.dropFirst().reduce(1, *)
    return SafetensorsWriter.Tensor(name: name, dtype: dtype, shape: shape) { rows, destination in
      for index in 0..<rows.count * columns { destination[index] = Float(rows.lowerBound * columns + index) }
    }
  }

  @Test("tensors written in chunks read back element for element")
  func roundTrip() throws {
    let path = folder.path + "/model.safetensors"
    // The second takes several chunks with a shorter last one; the last has rows longer than a chunk.
    let shapes: [(String, DType, [Int])] = [
      ("half", .fp16, [3, 5]), ("long", .fp32, [1500, 1000]), ("vector", .fp32, [7]), ("scalar", .bf16, []),
      ("empty", .fp32, [0, 4]), ("wide", .fp32, [2, 1_100_000]),
    ]
    try SafetensorsWriter.write(shapes.map { Self.counting($0.0, $0.1, $0.2) }, to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == ["format": "pt"])
    for (name, dtype, shape) in shapes {
      let entry = try #require(file.entry(name))
      #expect(entry.dtype == dtype)
      #expect(entry.shape == shape)
      #expect(entry.range.lowerBound % dtype.byteCount == 0)
      let count = shape.reduce(1, *)
      guard count > 0 else { continue }
      var values = [Float](repeating: -1, count: count)
      RowConversion.widen(file.bytes(of: entry).baseAddress!, as: dtype, count: count, into: &values)
      #expect(values.indices.allSatisfy { values[$0] == Float($0) })
    }
    #expect(folder.names == ["model.safetensors"])
  }

  @Test("the first tensor begins at a multiple of 8 bytes whatever the header's length", arguments: 1...8)
  func alignment(nameLength: Int) throws {
    let path = folder.path + "/a"
    try SafetensorsWriter.write(
      [Self.counting(String(repeating: "n", count: nameLength), .fp32, [2])], to: path, metadata: [:])
    #expect(try SafetensorsFile(path: path).entries[0].range.lowerBound % 8 == 0)
  }

  @Test("more than the file system has free is refused before a byte is written")
  func noSpace() throws {
    var filled = false
    let huge = SafetensorsWriter.Tensor(name: "a", dtype: .fp32, shape: [1 << 30, 1 << 24]) { _, _ in filled = true }
    let error = #expect(throws: InputError.self) { try SafetensorsWriter.write([huge], to: folder.path + "/a") }
    #expect(error?.problem.contains("the file system has") == true)
    #expect(!filled)
    #expect(folder.names.isEmpty)
    let overflowing = SafetensorsWriter.Tensor(name: "a", dtype: .fp32, shape: [1 << 40, 1 << 40]) { _, _ in }
    #expect(throws: InputError.self) { try SafetensorsWriter.write([overflowing], to: folder.path + "/a") }
  }

  @Test("a disk that fills up while writing is an error and leaves nothing behind")
  func fullDisk() throws {
    // /dev/full answers every write as a full disk does; the neighbour that takes the bytes is linked to it.
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let path = folder.path + "/a"
    try FileManager.default.createSymbolicLink(
      atPath: AtomicFile.temporaryPath(of: path), withDestinationPath: "/dev/full")
    let error = #expect(throws: InputError.self) {
      try SafetensorsWriter.write([Self.counting("a", .fp32, [4])], to: path)
    }
    #expect(error?.problem.contains("No space left") == true)
    #expect(folder.names.isEmpty)
  }

  @Test("what a process that was killed left half written is removed; a living one's and another machine's are not")
  func abandoned() throws {
    let own = MakerMark.own
    let host = own[own.firstIndex(of: "@")!...]
    // No process has the largest number; this one's parent lives.
    let dead = "a.partial-\(Int32.max)\(host)"
    let others = [
      "a.partial-\(getppid())\(host)", "a.partial-\(Int32.max)\(host)x", "b.partial-\(Int32.max)\(host)", "a.partial-7",
    ]
    for name in others + [dead] { try folder.write(name, "x") }
    try SafetensorsWriter.write([Self.counting("a", .fp32, [4])], to: folder.path + "/a")
    #expect(Set(folder.names) == Set(others + ["a"]))
  }

  @Test("a folder that is missing or no folder is an error that names it")
  func unwritable() throws {
    try folder.write("file", "x")
    for path in ["/missing/a", "/file/a"] {
      let error = #expect(throws: InputError.self) {
        try SafetensorsWriter.write([Self.counting("a", .fp32, [1])], to: folder.path + path)
      }
      #expect(error?.file?.hasPrefix(folder.path) == true)
    }
    #expect(throws: InputError.self) {
      try SafetensorsWriter.write([Self.counting("a", .fp32, [1])], to: "")
    }
    // The target is a folder: the rename fails after the bytes were written.
    #expect(throws: InputError.self) {
      try SafetensorsWriter.write([Self.counting("a", .fp32, [1])], to: folder.path)
    }
  }

  @Test("an existing file is replaced whole")
  func replace() throws {
    let path = try folder.write(
      "a", "old and longer than the new one".padding(toLength: 500, withPad: "x", startingAt: 0))
    try SafetensorsWriter.write([Self.counting("n", .bf16, [2, 2])], to: path)
    #expect(try SafetensorsFile(path: path).entries.map(\.name) == ["n"])
  }
}
