import Transformer

/// How fast a generation was, for standard error.
struct GenerateSummary {
  var promptTokens: Int
  var newTokens: Int
  /// Seconds of the prefill and of all decode steps.
  var prefill: Double
  var decode: Double
  /// Seconds to the first new token.
  var firstToken: Double?
  /// Share of the machine's read bandwidth that decode steps reached.
  var bandwidthUtilization: Double?

  var text: String {
    var parts = [
      "\(counted(promptTokens, "prompt token")): prefill \(durationText(prefill)),"
        + " \(fixed(Double(promptTokens) / prefill, 1)) tokens/s"
    ]
    if let firstToken { parts[0] += ", TTFT \(durationText(firstToken))" }
    // The first new token comes with the prefill.
    if newTokens > 1 {
      var line = "\(newTokens) new tokens: decode \(fixed(Double(newTokens - 1) / decode, 1)) tokens/s"
      line += ", TPOT \(durationText(decode / Double(newTokens - 1)))"
      if let share = bandwidthUtilization { line += ", \(fixed(100 * share, 1)) % of the read bandwidth" }
      parts.append(line)
    }
    return parts.joined(separator: "\n")
  }
}
