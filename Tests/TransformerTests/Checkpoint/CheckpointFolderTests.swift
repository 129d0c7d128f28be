import Foundation
import Tensor
import Testing

@testable import Transformer

@Suite struct CheckpointFolderTests {
  let folder: CheckpointTestFolder

  init() throws { folder = try CheckpointTestFolder() }

  private static let model = try! foundry(
    #"{"d_model": 8, "n_heads": 2, "n_layers": 2, "vocab_size": 11, "max_seq_len": 16}"#)

  /// The model's tensors, each element its index in its tensor, with `change` applied to what is stored.
  private func store(
    _ model: ModelConfiguration = model, dtype: DType = .fp32, name: String = "model.safetensors",
    where isStored: (String) -> Bool = { _ in true }, change: (String, Int) -> Float? = { _, _ in nil }
  ) throws {
    try withoutActuallyEscaping(change) { change in
      let tensors = model.tensors.filter { isStored($0.name) }.map { tensor in
        let columns = tensor.shape.dropFirst().reduce(1, *)
        return SafetensorsWriter.Tensor(name: tensor.name, dtype: dtype, shape: tensor.shape) { rows, destination in
          for index in 0..<rows.count * columns {
            let position = rows.lowerBound * columns + index
            destination[index] = change(tensor.name, position) ?? Float(position)
          }
        }
      }
      try SafetensorsWriter.write(tensors, to: folder.path + "/" + name)
    }
    try folder.write("config.json", JSONWriter(indentation: 2).text(model.mptConfigurationJSON(dtype: dtype)))
  }

  @Test("a checkpoint gives its configuration and its rows as fp32", arguments: DType.allCases)
  func wholeFile(dtype: DType) throws {
    try store(dtype: dtype)
    let checkpoint = try CheckpointFolder(folder.path)
    #expect(try checkpoint.modelConfiguration() == Self.model)
    try checkpoint.validate(against: Self.model)
    #expect(checkpoint.tensorNames.count == Self.model.tensors.count)
    #expect(checkpoint.dtype(of: "transformer.wte.weight") == dtype)
    #expect(checkpoint.values("transformer.wte.weight") == (0..<88).map { Float($0) })
    var rows = [Float](repeating: -1, count: 16)
    checkpoint.read("transformer.wte.weight", rows: 3..<5, into: &rows)
    #expect(rows == (24..<40).map { Float($0) })
    checkpoint.read("transformer.norm_f.bias", rows: 2..<4, into: &rows)
    #expect(rows[..<3] == [2, 3, 26])
    checkpoint.release("transformer.wte.weight")
    checkpoint.read("transformer.wte.weight", rows: 0..<1, into: &rows)
    #expect(rows[..<8] == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(checkpoint.nonFinite == nil)
    #expect(checkpoint.shape(of: "nothing") == nil)
    checkpoint.release("nothing")
  }

  private func writeIndex(_ shardOf: (String) -> String) throws {
    let map = Self.model.tensors.map { ConfigurationValue.Entry(key: $0.name, value: .string(shardOf($0.name))) }
    try folder.write(
      "model.safetensors.index.json",
      JSONWriter().text(.object([.init(key: "weight_map", value: .object(map))])))
  }

  private func shard(_ name: String) -> String { name.contains("blocks.1") ? "b.safetensors" : "a.safetensors" }

  @Test("shards are found through their index, in any order of names")
  func shards() throws {
    for name in ["a.safetensors", "b.safetensors"] { try store(name: name, where: { shard($0) == name }) }
    try writeIndex(shard)
    let checkpoint = try CheckpointFolder(folder.path)
    try checkpoint.validate(against: Self.model)
    #expect(checkpoint.values("transformer.blocks.1.norm_1.weight") == (0..<8).map { Float($0) })
    #expect(checkpoint.values("transformer.norm_f.weight") == (0..<8).map { Float($0) })
  }

  @Test("an index that names a missing shard, or a shard without the tensor, is an error that names both")
  func brokenIndex() throws {
    try store(name: "a.safetensors", where: { shard($0) == "a.safetensors" })
    try writeIndex(shard)
    let missing = #expect(throws: InputError.self) { try CheckpointFolder(folder.path) }
    #expect(missing?.description.contains("the shard 'b.safetensors' is missing") == true)
    try writeIndex { _ in "a.safetensors" }
    let misplaced = #expect(throws: InputError.self) { try CheckpointFolder(folder.path) }
    #expect(misplaced?.path == ["'transformer.blocks.1.norm_1.weight'"])
    #expect(misplaced?.file?.hasSuffix("/a.safetensors") == true)
  }

  @Test(
    "an index never leads out of its folder",
    arguments: ["../a.safetensors", "/etc/passwd", "x/../../a", "..", "", "a//b", "x/..", "a\0b"])
  func escape(name: String) throws {
    try folder.write("config.json", "{}")
    try writeIndex { _ in name }
    let error = #expect(throws: InputError.self) { try CheckpointFolder(folder.path) }
    #expect(error?.problem.contains("lies outside the folder") == true)
  }

  @Test(
    "an index of another form is refused",
    arguments: [
      "{}", "[]", #"{"weight_map": 3}"#, #"{"weight_map": {"a": 3}}"#, #"{"weight_map": {"a": "x", "a": "y"}}"#,
    ])
  func malformedIndex(text: String) throws {
    try folder.write("config.json", "{}")
    try folder.write("model.safetensors.index.json", text)
    #expect(throws: InputError.self) { try CheckpointFolder(folder.path) }
  }

  @Test("a folder without weights says what it looks for, and how to convert pickled ones")
  func noWeights() throws {
    #expect(throws: InputError.self) { try CheckpointFolder(folder.path + "/missing") }
    #expect(throws: InputError.self) { try CheckpointFolder(folder.path) }
    try folder.write("config.json", "{}")
    let error = #expect(throws: InputError.self) { try CheckpointFolder(folder.path) }
    #expect(error?.problem.contains("model.safetensors.index.json") == true)
    try folder.write("pytorch_model.bin", "x")
    let pickled = #expect(throws: InputError.self) { try CheckpointFolder(folder.path) }
    #expect(pickled?.cure?.contains("pytorch_model.bin") == true)
  }

  @Test(
    "a config.json of another family, or of none, is an error in that file",
    arguments: ["{}", #"{"model_type": "bert"}"#, #"{"model_type": 1}"#])
  func otherFamilies(config: String) throws {
    try store()
    try folder.write("config.json", config)
    let error = #expect(throws: InputError.self) { try CheckpointFolder(folder.path).modelConfiguration() }
    #expect(error?.path == ["model_type"])
    #expect(error?.file == folder.path + "/config.json")
  }

  @Test("missing, misshapen and unexpected tensors are all listed")
  func problems() throws {
    try store(where: { !$0.hasSuffix("out_proj.bias") })
    let checkpoint = try CheckpointFolder(folder.path)
    var other = Self.model
    other.vocabularySize = 12
    other.position = .none
    let error = #expect(throws: InputError.self) { try checkpoint.validate(against: other) }
    let text = try #require(error).description
    #expect(text.contains("'transformer.blocks.0.attn.out_proj.bias': is missing"))
    #expect(text.contains("'transformer.blocks.1.attn.out_proj.bias': is missing"))
    #expect(text.contains("'transformer.wte.weight': has shape [11, 8], the configuration asks for [12, 8]"))
    #expect(text.contains("'transformer.wpe.weight': is a tensor that the configured model does not have"))
    #expect(checkpoint.problems(against: other).count == 4)
  }

  @Test("of many problems ten are shown and the others counted, and a single one stands alone")
  func manyProblems() throws {
    try store(where: { $0 == "transformer.wte.weight" })
    let error = #expect(throws: InputError.self) { try CheckpointFolder(folder.path).validate(against: Self.model) }
    #expect(error?.problem.contains("… and \(Self.model.tensors.count - 1 - 10) more") == true)
    try store(where: { $0 != "transformer.wpe.weight" })
    let single = #expect(throws: InputError.self) { try CheckpointFolder(folder.path).validate(against: Self.model) }
    #expect(single?.path == ["'transformer.wpe.weight'"])
    #expect(single?.problem == "is missing")
  }

  @Test("what the originals store without using it is no problem")
  func harmless() throws {
    var untied = Self.model
    untied.tiedEmbeddings = false
    try store(untied)
    try CheckpointFolder(folder.path).validate(against: Self.model)
  }

  @Test("a tensor in a dtype that cannot be read is an error only when the model uses it")
  func otherDTypes() throws {
    try folder.write("config.json", "{}")
    try folder.safetensors(
      header: #"{"transformer.norm_f.weight":{"dtype":"I8","shape":[8],"data_offsets":[0,8]}}"#,
      data: Array(repeating: 0, count: 8))
    let checkpoint = try CheckpointFolder(folder.path)
    let problem = checkpoint.problems(against: Self.model).first { $0.path == ["'transformer.norm_f.weight'"] }
    #expect(problem?.problem == "its dtype 'I8' is not supported")
    #expect(checkpoint.values("transformer.norm_f.weight").allSatisfy { $0.isNaN })
    #expect(checkpoint.nonFinite?.problem == "its dtype 'I8' is not supported")
  }

  @Test("NaN and infinity are found while reading, the first by name and index", arguments: DType.allCases)
  func nonFinite(dtype: DType) throws {
    try store(
      dtype: dtype,
      change: { name, index in
        switch (name, index) {
        case ("transformer.wte.weight", 21...): .nan
        case ("transformer.norm_f.bias", 3): -.infinity
        default: nil
        }
      })
    let checkpoint = try CheckpointFolder(folder.path)
    // Threads read rows in any order; the answer does not depend on it.
    for row in (0..<11).reversed() {
      var values = [Float](repeating: 0, count: 8)
      checkpoint.read("transformer.wte.weight", rows: row..<row + 1, into: &values)
    }
    #expect(checkpoint.nonFinite?.path == ["'transformer.wte.weight'"])
    #expect(checkpoint.nonFinite?.problem == "element 21 (row 2, column 5) is NaN")
    _ = checkpoint.values("transformer.norm_f.bias")
    #expect(checkpoint.nonFinite?.path == ["'transformer.norm_f.bias'"])
    #expect(checkpoint.nonFinite?.problem == "element 3 is infinite")
  }
}
