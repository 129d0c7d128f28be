/// Which of the two implementations of MPT an options mapping is written for. They share `model_type: mpt` and the
/// tensors' names, not the meaning of the options.
public enum MPTFlavour: String, Sendable, Hashable {
  /// llm-foundry's: every option counts; learned positions and biases unless told otherwise.
  case foundry
  /// transformers' own: ALiBi, no biases, fourfold feed-forward width, whatever the options say.
  case transformers

  /// The flavour of a config.json.
  ///
  /// In this order:
  /// 1. `architectures`, which `save_pretrained` writes: `MPTForCausalLM` is llm-foundry's class, `MptForCausalLM`
  ///    transformers' (they differ in case only).
  /// 2. `layer_norm_epsilon` and `initializer_range` are options of transformers' class alone, which always writes both.
  /// 3. `init_config`, `ffn_config`, `fc_type`, `norm_eps`, `attention_bias`, `final_logit_softcapping` and
  ///    `block_overrides` are options of llm-foundry's alone; `auto_map` names code beside the checkpoint, which only
  ///    llm-foundry's checkpoints need.
  /// 4. Otherwise transformers, which is what loads `model_type: mpt` without further hints.
  public init(detecting configuration: ConfigurationValue) {
    if case .array(let names)? = configuration["architectures"] {
      for case .string(let name) in names where name.lowercased().hasPrefix("mpt") {
        self = name.hasPrefix("MPT") ? .foundry : .transformers
        return
      }
    }
    let transformersOnly = ["layer_norm_epsilon", "initializer_range"]
    let foundryOnly = [
      "init_config", "ffn_config", "fc_type", "norm_eps", "attention_bias", "final_logit_softcapping",
      "block_overrides", "auto_map",
    ]
    if transformersOnly.contains(where: { configuration[$0] != nil }) {
      self = .transformers
    } else if foundryOnly.contains(where: { configuration[$0] != nil }) {
      self = .foundry
    } else {
      self = .transformers
    }
  }
}
