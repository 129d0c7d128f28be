extension ModelConfiguration {
  /// Options of transformers' decoder families that change nothing in inference, and those that no family runs unless
  /// they are off. To be called last: what is left over is unknown.
  static func finishHuggingFace(_ options: inout OptionReader) throws(InputError) {
    // Tensors are other than the options say.
    if case .object(let heads)? = options.take("pruned_heads"), !heads.isEmpty {
      throw options.error("pruned_heads", "pruned attention heads are not supported", cure: "use the whole model")
    }
    for key in ["is_encoder_decoder", "add_cross_attention"] {
      if try options.optionalBoolean(key) == true {
        throw options.error(key, "only decoders without cross-attention are supported", cure: "set it to false")
      }
    }
    // Dropout is off in inference.
    for key in [
      "attention_dropout", "hidden_dropout", "classifier_dropout", "resid_pdrop", "embd_pdrop", "attn_pdrop",
      "summary_first_dropout", "ffn_dropout", "attention_probs_dropout_prob", "hidden_dropout_prob",
    ] {
      try options.ignore(key, as: [.number, .null])
    }
    // How weights are drawn before training, how training is split, and which loss it has.
    try options.ignore("initializer_range", "pretraining_tp", "num_labels", "_num_labels", as: [.number, .null])
    try options.ignore("gradient_checkpointing", as: [.boolean, .null])
    // Heads for other tasks than generation.
    try options.ignore("summary_type", "summary_activation", as: [.string, .null])
    try options.ignore("summary_use_proj", "summary_proj_to_labels", as: [.boolean, .null])
    // What other tools leave behind.
    let any: Set<OptionKind> = [.null, .boolean, .number, .string, .list, .mapping]
    for key in [
      "_attn_implementation", "_attn_implementation_internal", "_commit_hash", "_flash_attn_2_enabled",
      "attn_implementation", "custom_pipelines", "decoder_config", "is_llama_config", "keys_to_ignore_at_inference",
      "max_sequence_length",
      "max_window_length", "model_max_length", "name_or_path", "output_past", "tie_lm_head", "tokenizer_type",
      "transformers.js_config", "transformers_weights", "unsloth_fixed", "unsloth_version",
    ] {
      try options.ignore(key, as: any)
    }
    try ignorePretrainedConfig(&options)
    try options.refuseUnknown()
  }
}
