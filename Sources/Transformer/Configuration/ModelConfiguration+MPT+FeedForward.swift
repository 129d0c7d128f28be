extension ModelConfiguration {
  /// llm-foundry's `ffn_config` and `expansion_ratio`.
  mutating func readFoundryFeedForward(_ options: inout OptionReader) throws(InputError) {
    let ratio = try options.number("expansion_ratio", default: 4, .positive)
    var block = try options.mapping("ffn_config")
    feedForward = try Self.feedForwardKind(&block)
    if let width = try block.optionalInteger("ffn_hidden_size", in: 1...Limit.feedForwardWidth) {
      feedForwardWidth = width
    } else {
      let product = Double(modelWidth) * ratio
      guard let width = Int(exactly: product), width >= 1 else {
        throw options.error(
          "expansion_ratio", "d_model × expansion_ratio must be a whole number, is \(product)",
          cure: "set ffn_config.ffn_hidden_size instead")
      }
      guard width <= Limit.feedForwardWidth else {
        throw options.error(
          "expansion_ratio", "makes the feed-forward block \(width) wide, more than \(Limit.feedForwardWidth)")
      }
      feedForwardWidth = width
    }
    activation = try Self.activation(&block)
    // The original copies fc_type in here when it runs, and overwrites what it finds.
    try Self.ignoreLinearLayer(block.take("fc_type"), path: block.path + ["fc_type"])
    // The layers take their biases from no_bias; these two reach other block types only.
    try block.ignore("bias", "return_bias", as: [.boolean])
    try block.refuseUnknown()
    try Self.ignoreLinearLayer(options.take("fc_type"), path: ["fc_type"])
  }

  private static func feedForwardKind(_ options: inout OptionReader) throws(InputError) -> FeedForward {
    let name = try options.string("ffn_type", default: "mptmlp")
    switch name {
    case "mptmlp": return .mlp
    case "mptglu": return .glu
    case "mptgeglu": throw options.error("ffn_type", "mptgeglu was renamed", cure: "write mptglu")
    case "te_ln_mlp", "mb_moe", "mb_dmoe", "torch_dmoe":
      throw options.error("ffn_type", "\(name) is not supported", cure: "supported are mptmlp and mptglu")
    default:
      throw options.error(
        "ffn_type", "\(quoted(name)) is not supported", cure: Suggestion.cure(for: name, among: ["mptmlp", "mptglu"]))
    }
  }

  private static func activation(_ options: inout OptionReader) throws(InputError) -> Activation {
    guard let value = options.take("ffn_act_fn"), value != .null else { return .gelu }
    if case .string(let name) = value {
      throw options.error(
        "ffn_act_fn", "must be a mapping, is a string", cure: "write it as ffn_act_fn: {name: \(name.prefix(40))}")
    }
    var function = try OptionReader(value, path: options.path + ["ffn_act_fn"])
    guard case .string(let name)? = function.take("name") else {
      throw function.error("name", "must be the name of a torch.nn.functional activation")
    }
    let activation: Activation
    switch name {
    case "gelu":
      activation = try function.choice("approximate", default: "none", of: ["none": .gelu, "tanh": .geluTanh])
    case "quick_gelu": activation = .geluQuick
    case "silu": activation = .silu
    case "relu": activation = .relu
    default:
      throw function.error(
        "name", "\(quoted(name)) is not supported",
        cure: Suggestion.cure(for: name, among: ["gelu", "quick_gelu", "silu", "relu"]))
    }
    // Where the result is stored does not change it.
    try function.ignore("inplace", as: [.boolean])
    try function.refuseUnknown()
    return activation
  }

  /// `fc_type` chooses an implementation of the linear layer, not another layer.
  private static func ignoreLinearLayer(_ value: ConfigurationValue?, path: [String]) throws(InputError) {
    let name: ConfigurationValue?
    if case .object = value {
      var layer = try OptionReader(value, path: path)
      name = layer.take("name")
      // Overwritten from no_bias and init_device before the layers are built.
      try layer.ignore("bias", as: [.boolean])
      try layer.ignore("device", as: [.string, .null])
      try layer.refuseUnknown()
    } else {
      name = value
    }
    switch name {
    case nil, .null, .string("torch"), .string("te"): return
    case let name?:
      throw InputError(path: path, problem: "\(name.scalarText) is not supported", cure: "supported are torch and te")
    }
  }
}
