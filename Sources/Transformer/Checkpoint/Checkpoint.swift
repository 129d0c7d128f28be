import Tensor

/// A model on disk: a folder in Hugging Face's layout or a GGUF file.
public protocol Checkpoint: WeightSource {
  var path: String { get }
  /// What describes the model, for messages: "config.json".
  var configurationName: String { get }
  /// The model that the checkpoint describes.
  func modelConfiguration() throws(InputError) -> ModelConfiguration

  /// The names of all tensors, sorted.
  var tensorNames: [String] { get }
  /// The dtype that the tensor is stored in, or `nil` when there is none of that name or it is none that can be read.
  func dtype(of name: String) -> DType?
  /// The dtype as the file spells it, or `nil` when there is no tensor of that name.
  func dtypeName(of name: String) -> String?
  /// Whether a tensor that the model does not have may stand beside it.
  func isHarmless(_ name: String, for model: ModelConfiguration) -> Bool
  /// That the tensor's dtype cannot be read.
  func unreadableDType(_ name: String, _ dtypeName: String) -> InputError

  /// The first NaN or infinity among the rows read so far, by tensor name and then index; ask when all is read.
  var nonFinite: InputError? { get }
}

/// Opens the checkpoint at `path`: a folder in Hugging Face's layout, or a GGUF file.
public func openCheckpoint(_ path: String) throws(InputError) -> any Checkpoint {
  guard RegularFile.exists(path) else {
    throw InputError(
      file: quoted(path), problem: "there is no such folder or file",
      cure: "name a folder in Hugging Face's layout or a GGUF file")
  }
  if RegularFile.isFolder(path) { return try CheckpointFolder(path) }
  if path.hasSuffix(".safetensors") {
    throw InputError(
      file: path, problem: "holds weights without their configuration",
      cure: "name the folder that holds it and config.json")
  }
  return try GGUFCheckpoint(path)
}
