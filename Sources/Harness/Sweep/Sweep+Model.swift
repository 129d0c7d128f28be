import Transformer

/// The one place where the options of a sweep's `model:` section become a configuration.
///
/// - Throws: `InputError` whose path is relative to the section.
func resolveModel(_ options: ConfigurationValue) throws(InputError) -> ModelConfiguration {
  // A sweep file is llm-foundry's; its defaults apply.
  try .mpt(options, flavour: .foundry)
}
