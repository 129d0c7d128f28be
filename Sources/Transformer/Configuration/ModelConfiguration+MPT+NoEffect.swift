extension ModelConfiguration {
  /// llm-foundry's options that change nothing in inference, and those that are not run unless they are off.
  static func ignoreFoundryTraining(_ options: inout OptionReader) throws(InputError) {
    // Dropout is off in inference.
    for key in ["resid_pdrop", "emb_pdrop", "attn_pdrop"] {
      _ = try options.number(key, default: 0, .probability)
    }
    // Scales gradients; the forward pass adds the two fractions up to one again.
    let fraction = try options.number("embedding_fraction", default: 1, .positive)
    guard fraction <= 1 else {
      throw options.error(
        "embedding_fraction", "must be at most 1, is \(fraction)", cure: "write 1, or leave the option out")
    }
    // Padding is masked everywhere, so what the feed-forward block makes of it reaches no other token.
    try options.ignore("use_pad_tok_in_ffn", as: [.boolean])
    // Where and how weights are made before training; checkpoints bring theirs.
    try options.ignore("init_device", as: [.string, .null])
    try options.ignore("init_std", "emb_init_std", "initializer_range", as: [.number, .null])
    var initialization = try options.mapping("init_config")
    try initialization.ignore("name", "fan_mode", "init_nonlinearity", as: [.string])
    try initialization.ignore("init_div_is_residual", as: [.boolean, .number, .string])
    try initialization.ignore("emb_init_std", "init_std", as: [.number, .null])
    try initialization.ignore("emb_init_uniform_lim", as: [.number, .list, .null])
    try initialization.ignore("init_gain", "verbose", as: [.number])
    try initialization.refuseUnknown()
    // The registry's name of the model, the training loss, its metrics and memory savings.
    try options.ignore("name", as: [.string])
    try options.ignore("loss_fn", as: [.string, .mapping, .null])
    try options.ignore("use_train_metrics", as: [.boolean, .null])
    try options.ignore("additional_train_metrics", as: [.list, .null])
    try options.ignore("activation_checkpointing_target", as: [.string, .list, .mapping, .null])
    switch options.take("block_overrides") {
    case nil, .null, .object([]): break
    default:
      throw options.error(
        "block_overrides", "layers that differ from each other are not supported", cure: "remove it or set it to null")
    }
  }

  /// What transformers' base class writes into every config.json: bookkeeping, defaults of generation, task heads.
  static func ignorePretrainedConfig(_ options: inout OptionReader) throws(InputError) {
    let any: Set<OptionKind> = [.null, .boolean, .number, .string, .list, .mapping]
    try options.ignore("model_type", "transformers_version", as: [.string, .null])
    // How much the original logs, and whether its generation caches by default.
    try options.ignore("verbose", as: [.number, .boolean])
    try options.ignore("use_cache", as: [.boolean])
    try options.ignore("is_decoder", "return_dict", "output_attentions", "output_hidden_states", as: [.boolean, .null])
    try options.ignore("torch_dtype", "dtype", as: [.string, .null])
    for key in [
      "_name_or_path", "_attn_implementation_autoset", "add_cross_attention", "architectures", "auto_map",
      "bad_words_ids", "begin_suppress_tokens", "bos_token_id", "chunk_size_feed_forward",
      "cross_attention_hidden_size", "decoder_start_token_id", "diversity_penalty", "do_sample", "early_stopping",
      "encoder_no_repeat_ngram_size", "eos_token_id", "exponential_decay_length_penalty", "finetuning_task",
      "forced_bos_token_id", "forced_eos_token_id", "id2label", "is_encoder_decoder", "label2id", "length_penalty",
      "max_length", "min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_return_sequences",
      "output_scores", "pad_token_id", "prefix", "problem_type", "pruned_heads", "remove_invalid_values",
      "repetition_penalty", "return_dict_in_generate", "sep_token_id", "suppress_tokens", "task_specific_params",
      "temperature", "tf_legacy_loss", "tie_encoder_decoder", "tokenizer_class", "tokenizer_name", "top_k", "top_p",
      "torchscript", "typical_p", "use_bfloat16",
    ] {
      try options.ignore(key, as: any)
    }
  }
}
