import Transformer

extension SweepResolver {
  /// Random weights of a described model, or a checkpoint's; `nil` with the faults reported.
  func modelSource() -> Sweep.ModelSource? {
    guard let model = values.model else { return values.checkpoint.flatMap(checkpoint) }
    guard let name = model.name else { return nil }
    switch name.value {
    case "mpt_causal_lm":
      let configuration = describedModel(model)
      if let folder = values.checkpoint {
        guard let source = checkpoint(folder) else { return nil }
        if let configuration { compare(source, at: folder, with: configuration) }
        return source
      }
      return configuration.map { .random($0, standardDeviation: Float(model.standardDeviation?.value ?? 0.02)) }
    case "hf_causal_lm":
      if let folder = values.checkpoint ?? model.pretrainedFolder { return checkpoint(folder) }
      // A value that was wrong has been reported.
      guard !model.pairs.contains(where: { $0.key == "pretrained_model_name_or_path" && $0.value.value != .null })
      else { return nil }
      report(
        "hf_causal_lm needs model.pretrained_model_name_or_path or checkpoint",
        cure: "name a local folder with config.json and safetensors", at: name)
      return nil
    default:
      let known = ["mpt_causal_lm", "hf_causal_lm"]
      report(
        "model.name \(Excerpt.quoted(name.value)) is not known",
        cure: Suggestion.closest(to: name.value, among: known).map { "did you mean '\($0)'?" }
          ?? "write mpt_causal_lm, or hf_causal_lm with a local checkpoint", at: name)
      return nil
    }
  }

  /// What the model is; `nil` for a checkpoint that cannot be read, which is said when it is opened to be used.
  func configuration(_ source: Sweep.ModelSource?) -> ModelConfiguration? {
    switch source {
    case .random(let configuration, _): configuration
    case .checkpoint(let folder): try? openCheckpoint(folder).modelConfiguration()
    case nil: nil
    }
  }

  /// A section that describes another model than the checkpoint is a slip: its figures would be taken for the section's.
  private func compare(_ source: Sweep.ModelSource, at folder: Located<String>, with described: ModelConfiguration) {
    guard let stored = configuration(source) else { return }
    let differences = ModelDifferences(stored, described).texts
    if differences.isEmpty { return }
    let shown = differences.prefix(4).joined(separator: ", ")
    let rest = differences.count > 4 ? " and \(differences.count - 4) more" : ""
    report(
      "checkpoint \(Excerpt.quoted(folder.value)) is another model than the model section describes: \(shown)\(rest)",
      cure: "set model to null to take the checkpoint's own options, or make the section agree", at: folder)
  }

  /// The model that the section's own options describe. Beside a checkpoint they are checked all the same.
  private func describedModel(_ model: ModelValues) -> ModelConfiguration? {
    var pairs = model.pairs
    if !pairs.contains(where: { $0.key == "max_seq_len" }), let length = values.maximumSequenceLength {
      pairs.append(length)
    }
    return ModelOptions(pairs, at: model.range, log: log).configuration()
  }

  /// A folder in Hugging Face's layout or a GGUF file.
  private func checkpoint(_ folder: Located<String>) -> Sweep.ModelSource? {
    guard let kind = FileKind(of: folder.value) else {
      report(
        "checkpoint \(Excerpt.quoted(folder.value)) is no local folder or file",
        cure: "nothing is downloaded: fetch the model first and name its folder or GGUF file", at: folder)
      return nil
    }
    if kind == .file {
      guard GGUFFile.hasMagic(folder.value) else {
        report(
          "checkpoint \(Excerpt.quoted(folder.value)) is neither a folder nor a GGUF file",
          cure: "name the folder that holds config.json and the safetensors, or a GGUF file", at: folder)
        return nil
      }
      return .checkpoint(folder: folder.value)
    }
    guard FileKind(of: folder.value + "/config.json") == .file else {
      report(
        "checkpoint \(Excerpt.quoted(folder.value)) has no config.json",
        cure: "name the folder that holds config.json and the safetensors", at: folder)
      return nil
    }
    return .checkpoint(folder: folder.value)
  }
}
