@testable import Transformer

/// A GGUF file put together byte by byte, right or wrong.
struct GGUFBytes {
  var magic = Array("GGUF".utf8)
  var version: UInt32 = 3
  /// What the header claims; `nil` is the truth.
  var tensorCount: UInt64?
  var pairCount: UInt64?
  /// Keys with the bytes of their type and value.
  var pairs: [(key: [UInt8], value: [UInt8])] = []
  var tensors: [[UInt8]] = []
  var alignment = 32
  var data: [UInt8] = []

  mutating func pair(_ key: String, _ type: UInt32, _ value: [UInt8]) {
    pairs.append((Array(key.utf8), littleEndian(type) + value))
  }
  mutating func pair(_ key: String, _ value: UInt32) { pair(key, 4, littleEndian(value)) }
  mutating func pair(_ key: String, float value: Float) { pair(key, 6, littleEndian(value.bitPattern)) }
  mutating func pair(_ key: String, _ value: String) { pair(key, 8, Self.string(value)) }
  mutating func pair(_ key: String, array type: UInt32, count: UInt64, _ elements: [UInt8]) {
    pair(key, 9, littleEndian(type) + littleEndian(count) + elements)
  }

  /// `shape` is slowest dimension first.
  mutating func tensor(_ name: String, _ shape: [UInt64], type: UInt32 = 0, offset: UInt64) {
    tensors.append(
      Self.string(name) + littleEndian(UInt32(shape.count)) + shape.reversed().flatMap { littleEndian($0) }
        + littleEndian(type) + littleEndian(offset))
  }

  static func string(_ text: String) -> [UInt8] { littleEndian(UInt64(text.utf8.count)) + Array(text.utf8) }

  var header: [UInt8] {
    magic + littleEndian(version) + littleEndian(tensorCount ?? UInt64(tensors.count))
      + littleEndian(pairCount ?? UInt64(pairs.count))
      + pairs.flatMap { littleEndian(UInt64($0.key.count)) + $0.key + $0.value } + tensors.flatMap { $0 }
  }

  var bytes: [UInt8] {
    let header = header
    let padding = (alignment - header.count % alignment) % alignment
    return header + Array(repeating: 0, count: padding) + data
  }
}

/// A model of one block with every tensor that its architecture has, fp32 zeros unless changed.
struct GGUFModel {
  var file = GGUFBytes()
  private var end: UInt64 = 0

  /// - leavingOut: names of tensors that are not written.
  init(
    _ architecture: String = "mpt", omit: Set<String> = [], options: (inout GGUFBytes) -> Void = { _ in },
    type: (String) -> UInt32 = { _ in 0 }
  ) {
    file.pair("general.architecture", architecture)
    for (key, value) in [
      ("context_length", 16), ("embedding_length", 8), ("block_count", 1), ("feed_forward_length", 32),
      ("attention.head_count", 2),
    ] as [(String, UInt32)] where !omit.contains(key) {
      file.pair("\(architecture).\(key)", value)
    }
    let isLlama = architecture == "llama"
    file.pair("\(architecture).attention.layer_norm\(isLlama ? "_rms" : "")_epsilon", float: 1e-5)
    options(&file)
    var tensors: [(String, [UInt64])] = [("token_embd", [11, 8]), ("blk.0.attn_norm", [8])]
    tensors +=
      isLlama
      ? [("blk.0.attn_q", [8, 8]), ("blk.0.attn_k", [8, 8]), ("blk.0.attn_v", [8, 8]), ("blk.0.ffn_gate", [32, 8])]
      : [("blk.0.attn_qkv", [24, 8])]
    tensors += [
      ("blk.0.attn_output", [8, 8]), ("blk.0.ffn_norm", [8]), ("blk.0.ffn_up", [32, 8]), ("blk.0.ffn_down", [8, 32]),
      ("output_norm", [8]),
    ]
    for (stem, shape) in tensors where !omit.contains(stem) {
      add("\(stem).weight", shape, type: type(stem))
    }
  }

  /// Appends a tensor of zeros, with as many bytes as fp32 elements take.
  mutating func add(_ name: String, _ shape: [UInt64], type: UInt32 = 0, values: [Float]? = nil) {
    let count = Int(shape.reduce(1, *))
    file.tensor(name, shape, type: type, offset: end)
    let bytes = floatBytes(values ?? Array(repeating: 0, count: count))
    file.data += bytes + Array(repeating: 0, count: (32 - bytes.count % 32) % 32)
    end = UInt64(file.data.count)
  }
}
