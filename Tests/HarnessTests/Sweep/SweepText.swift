import Transformer

@testable import Harness

/// A small valid sweep, on whose lines tests make their faults.
let validSweep = """
  benchmark_name: tiny
  max_seq_len: 64
  tokenizer_name: none
  tokenizer:
    name: ${tokenizer_name}
    kwargs:
      model_max_length: ${max_seq_len}
  model:
    name: mpt_causal_lm
    d_model: 64
    n_heads: 4
    n_layers: 2
    max_seq_len: ${max_seq_len}
    attn_config:
      attn_impl: flash
  device: null
  model_dtype: bf16
  autocast_dtype: null
  use_deepspeed: false
  batch_sizes: [1, 2]
  input_lengths: [8]
  output_lengths: [4]
  """

/// Resolves a sweep given as text.
func sweep(
  _ text: String, _ overrides: String..., environment: [String: String] = [:]
) throws(SweepFileError) -> Sweep {
  try SweepFile.parse(Array(text.utf8), path: "s.yaml", overrides: overrides) { environment[$0] }
}

/// The text that a faulty sweep leaves on stderr; empty when it has no fault.
func faults(_ text: String, _ overrides: String..., environment: [String: String] = [:]) -> String {
  do {
    _ = try SweepFile.parse(Array(text.utf8), path: "s.yaml", overrides: overrides) { environment[$0] }
    return ""
  } catch { return error.description }
}

/// `validSweep` with one line replaced.
func edited(_ line: String, _ replacement: String) -> String {
  let lines = validSweep.split(separator: "\n", omittingEmptySubsequences: false)
  precondition(lines.contains { $0 == line }, "no line '\(line)'")
  return lines.map { $0 == line ? replacement : String($0) }.joined(separator: "\n")
}

extension Sweep {
  /// The model's configuration, when its weights are random.
  var configuration: ModelConfiguration? {
    if case .random(let configuration, _) = model { configuration } else { nil }
  }
}
