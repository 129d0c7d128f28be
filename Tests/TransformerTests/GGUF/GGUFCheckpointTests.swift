import Testing

@testable import Transformer

@Suite struct GGUFCheckpointTests {
  let folder: CheckpointTestFolder

  init() throws { folder = try CheckpointTestFolder() }

  private func open(_ model: GGUFModel) throws -> GGUFCheckpoint {
    try GGUFCheckpoint(folder.write("model.gguf", model.file.bytes))
  }

  private func failure(_ model: GGUFModel) throws -> InputError {
    let path = try folder.write("model.gguf", model.file.bytes)
    let error = #expect(throws: InputError.self) {
      let checkpoint = try GGUFCheckpoint(path)
      try checkpoint.validate(against: checkpoint.modelConfiguration())
    }
    #expect(error?.file == path)
    return try #require(error)
  }

  @Test("metadata and tensors make the configuration of an MPT model")
  func mpt() throws {
    var model = GGUFModel { file in
      file.pair("mpt.attention.max_alibi_bias", float: 4)
      file.pair("mpt.attention.clamp_kqv", float: 2.5)
      file.pair("general.file_type", 0)
    }
    model.add("blk.0.attn_qkv.bias", [24])
    let checkpoint = try open(model)
    let configuration = try checkpoint.modelConfiguration()
    try checkpoint.validate(against: configuration)
    #expect(configuration.vocabularySize == 11)
    #expect(configuration.position == .alibi(biasMax: 4))
    #expect(configuration.clipQKV == 2.5)
    #expect(
      configuration.biases
        == Biases(attentionInput: true, attentionOutput: false, feedForward: false, normalization: false))
    #expect(configuration.tiedEmbeddings)
    #expect(configuration.tensorNaming == .gguf)
  }

  @Test("metadata make the configuration of a Llama model, and its heads' rows are put into order")
  func llama() throws {
    var model = GGUFModel("llama", omit: ["blk.0.attn_q"]) { file in
      file.pair("llama.rope.freq_base", float: 500_000)
      file.pair("llama.rope.scaling.type", "linear")
      file.pair("llama.rope.scaling.factor", float: 4)
      file.pair("llama.attention.sliding_window", 7)
      file.pair("llama.attention.head_count_kv", array: 4, count: 1, littleEndian(UInt32(2)))
    }
    // Every element is the row's number; heads are 4 rows each.
    model.add("blk.0.attn_q.weight", [8, 8], values: (0..<64).map { Float($0 / 8) })
    model.add("rope_freqs.weight", [2], values: [1, 8])
    let checkpoint = try open(model)
    let configuration = try checkpoint.modelConfiguration()
    try checkpoint.validate(against: configuration)
    guard case .rotary(let rotary) = configuration.position else {
      Issue.record("no rotary embedding")
      return
    }
    #expect(rotary.theta == 500_000)
    #expect(rotary.scaling == .linear(factor: 4))
    let plain = RotaryEmbedding(theta: 500_000, dimension: 4).frequencies(length: 1)
    #expect(rotary.frequencies(length: 1) == [plain[0] / 4, plain[1] / 4 / 8])
    #expect(configuration.slidingWindow == 7)
    #expect(configuration.feedForward == .glu)
    var rows = [Float](repeating: -1, count: 64)
    checkpoint.read("blk.0.attn_q.weight", rows: 0..<8, into: &rows)
    #expect(stride(from: 0, to: 64, by: 8).map { rows[$0] } == [0, 2, 1, 3, 4, 6, 5, 7])
    checkpoint.read("blk.0.attn_q.weight", rows: 5..<7, into: &rows)
    #expect([rows[0], rows[8]] == [6, 5])
  }

  @Test("norms of queries and keys are recognised by their width")
  func queryKeyNorms() throws {
    for (width, expected) in [(4, QueryKeyNormalization.perHead), (8, .wholeRow)] as [(UInt64, QueryKeyNormalization)] {
      var model = GGUFModel()
      model.add("blk.0.attn_q_norm.weight", [width])
      model.add("blk.0.attn_k_norm.weight", [width])
      let checkpoint = try open(model)
      let configuration = try checkpoint.modelConfiguration()
      try checkpoint.validate(against: configuration)
      #expect(configuration.queryKeyNormalization == expected)
    }
  }

  @Test("a second copy of the embedding table is no projection of its own, another table is")
  func tied() throws {
    var model = GGUFModel()
    model.add("output.weight", [11, 8])
    #expect(try open(model).modelConfiguration().tiedEmbeddings)
    var other = GGUFModel()
    other.add("output.weight", [11, 8], values: (0..<88).map { $0 == 87 ? 1 : 0 })
    let configuration = try open(other).modelConfiguration()
    #expect(!configuration.tiedEmbeddings)
    try open(other).validate(against: configuration)
  }

  @Test("a type that is not run is named with its tensor", arguments: [(12, "Q4_K"), (8, "Q8_0"), (39, "MXFP4")])
  func quantised(type: UInt32, name: String) throws {
    // Rows must be whole blocks, so the model is as wide as the largest of them.
    var model = GGUFModel(omit: ["token_embd", "embedding_length"]) { $0.pair("mpt.embedding_length", 256) }
    model.add("token_embd.weight", [11, 256], type: type)
    let error = try failure(model)
    #expect(error.description.contains("'token_embd.weight': its type \(name) is not run yet"))
  }

  @Test("what a file of another kind, or of a model that is not run, says is an error that names the key")
  func refused() throws {
    let cases: [(String, String, GGUFModel)] = [
      ("general.architecture", "'mamba' is not supported", GGUFModel("mamba")),
      ("general.type", "'adapter' is no model", GGUFModel { $0.pair("general.type", "adapter") }),
      ("split.count", "split into 3 files", GGUFModel { $0.pair("split.count", 2, littleEndian(UInt16(3))) }),
      ("mpt.context_length", "is missing", GGUFModel(omit: ["context_length"])),
      ("mpt.embedding_length", "is missing", GGUFModel(omit: ["embedding_length"])),
      ("mpt.attention.head_count_kv", "does not divide", GGUFModel { $0.pair("mpt.attention.head_count_kv", 3) }),
      ("mpt.attention.value_length", "differs from", GGUFModel { $0.pair("mpt.attention.value_length", 3) }),
      ("mpt.attention.key_length", "must be between", GGUFModel { $0.pair("mpt.attention.key_length", 0) }),
      ("mpt.vocab_size", "12 differs from the 11 rows", GGUFModel { $0.pair("mpt.vocab_size", 12) }),
      ("llama.expert_count", "mixtures of experts", GGUFModel("llama") { $0.pair("llama.expert_count", 8) }),
      ("llama.rope.scaling.type", "'longrope'", GGUFModel("llama") { $0.pair("llama.rope.scaling.type", "longrope") }),
      ("llama.rope.dimension_count", "must be even", GGUFModel("llama") { $0.pair("llama.rope.dimension_count", 3) }),
      (
        "llama.rope.dimension_count", "a part is not supported",
        GGUFModel("llama") { $0.pair("llama.rope.dimension_count", 2) }
      ),
      (
        "llama.attention.max_alibi_bias", "8.0 is not supported",
        GGUFModel("llama") { $0.pair("llama.attention.max_alibi_bias", float: 8) }
      ),
      ("llama.attention.causal", "later tokens", GGUFModel("llama") { $0.pair("llama.attention.causal", 7, [0]) }),
      ("'mpt.block_count_'", "is no known option", GGUFModel { $0.pair("mpt.block_count_", 3) }),
      (
        "mpt.attention.head_count_kv", "differ from each other",
        GGUFModel {
          $0.pair("mpt.attention.head_count_kv", array: 4, count: 2, littleEndian(UInt32(1)) + littleEndian(UInt32(2)))
        }
      ),
      ("'token_embd.weight'", "missing", GGUFModel(omit: ["token_embd"])),
      ("'blk.0.ffn_up.weight'", "is missing", GGUFModel(omit: ["blk.0.ffn_up"])),
    ]
    for (key, problem, model) in cases {
      let error = try failure(model)
      #expect(error.path == [key])
      #expect(error.problem.contains(problem), "\(error)")
    }
    var frequencies = GGUFModel("llama")
    frequencies.add("rope_freqs.weight", [2], values: [1, 0])
    #expect(try failure(frequencies).problem == "element 1 is 0.0, not above 0")
    var surplus = GGUFModel()
    surplus.add("blk.7.attn_norm.weight", [8])
    #expect(try failure(surplus).problem.contains("does not have"))
  }

  @Test("NaN and infinity are found by name and place as the file has it")
  func nonFinite() throws {
    var model = GGUFModel("llama", omit: ["blk.0.attn_k"])
    model.add("blk.0.attn_k.weight", [8, 8], values: (0..<64).map { $0 == 19 ? .infinity : 0 })
    let checkpoint = try open(model)
    var rows = [Float](repeating: 0, count: 64)
    checkpoint.read("blk.0.attn_k.weight", rows: 0..<8, into: &rows)
    #expect(checkpoint.nonFinite?.path == ["'blk.0.attn_k.weight'"])
    #expect(checkpoint.nonFinite?.problem == "element 19 (row 2, column 3) is infinite")
    checkpoint.release("blk.0.attn_k.weight")
    checkpoint.release("nothing")
  }

  @Test("a path is opened as what lies there")
  func kinds() throws {
    let path = try folder.write("model.bin", GGUFModel().file.bytes)
    #expect(try openCheckpoint(path) is GGUFCheckpoint)
    let missing = #expect(throws: InputError.self) { try openCheckpoint(folder.path + "/nothing") }
    #expect(missing?.problem == "there is no such folder or file")
    try folder.safetensors(header: "{}", data: [])
    let weights = #expect(throws: InputError.self) { try openCheckpoint(folder.path + "/model.safetensors") }
    #expect(weights?.cure == "name the folder that holds it and config.json")
  }
}
