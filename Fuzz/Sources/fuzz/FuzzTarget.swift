/// A reader of files that strangers make, and what must hold whatever stands in them.
///
/// A target returns for every input: errors are thrown and dropped, everything else that goes wrong ends the process,
/// which libFuzzer reports together with the input.
enum FuzzTarget: String, CaseIterable {
  case safetensors, gguf, json, tokenizer, yaml

  /// Reads one input; `bytes` are exactly as long as their memory, so that a read past their end is noticed.
  func run(_ bytes: UnsafeRawBufferPointer) {
    switch self {
    case .safetensors: fuzzSafetensors(bytes)
    case .gguf: fuzzGGUF(bytes)
    case .json: fuzzJSON(bytes)
    case .tokenizer: fuzzTokenizer(bytes)
    case .yaml: fuzzYAML(bytes)
    }
  }
}
