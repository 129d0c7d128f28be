import Tensor

/// An engine that can run a sweep: this package's own, or a peer in a child process.
public enum EngineName: String, Sendable, Hashable, CaseIterable {
  case native
  /// Hugging Face transformers on PyTorch.
  case huggingFace = "hf"
  case deepspeed
  case llamacpp
  case openvino
  case ctranslate2
  /// llm-foundry's own MPT on PyTorch.
  case foundry

  /// The driver's file in Benchmarks/Peers.
  var driver: String {
    // A module must not have the name of the package that it imports.
    switch self {
    case .huggingFace: "hf.py"
    default: "\(rawValue)_engine.py"
    }
  }

  /// The Python environment under .peers that holds the engine.
  var environment: String {
    switch self {
    case .huggingFace, .deepspeed: "torch"
    default: rawValue
    }
  }

  /// The script that turns a checkpoint into what the engine reads, what it makes, and the dtype of that where it is not
  /// the sweep's.
  var conversion: (script: String, product: String, dtype: DType?)? {
    switch self {
    case .llamacpp: ("convert_gguf.py", "model.gguf", nil)
    case .openvino: ("convert_openvino.py", "openvino", nil)
    case .ctranslate2: ("convert_ctranslate2.py", "ctranslate2", .fp32)
    case .native, .huggingFace, .deepspeed, .foundry: nil
    }
  }
}
