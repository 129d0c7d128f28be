/// Draws the next token from a row of logits.
///
/// The order is that of transformers: divide by the temperature, keep the `topK` most likely tokens and those as likely as
/// the last of them, of these the smallest set whose probabilities, taken among them, reach `topP` (Holtzman et al. 2019),
/// draw. Equal logits rank by token id, so a seed
/// gives the same tokens everywhere.
public struct Sampler: Sendable {
  private let temperature: Float
  private let topK: Int?
  private let topP: Float?
  private var random: SplitMix64

  /// - Parameters:
  ///   - temperature: above 0; small values approach the greedy choice.
  ///   - topK: at least 1; `nil` keeps all.
  ///   - topP: in (0, 1]; `nil` keeps all.
  /// - Throws: `InputError` that names the value out of range.
  public init(temperature: Float, topK: Int? = nil, topP: Float? = nil, seed: UInt64) throws(InputError) {
    guard temperature.isFinite, temperature > 0 else {
      throw InputError(
        path: ["temperature"], problem: "is \(temperature)",
        cure: "Use a number above 0, or leave it out for greedy decoding.")
    }
    if let topK, topK < 1 {
      throw InputError(
        path: ["top-k"], problem: "is \(topK)", cure: "Use 1 or more, or leave it out to keep all tokens.")
    }
    if let topP, !(topP > 0 && topP <= 1) {
      throw InputError(
        path: ["top-p"], problem: "is \(topP)", cure: "Use a number above 0 and at most 1, or leave it out.")
    }
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    random = SplitMix64(seed: seed)
  }

  /// The next token of a row, [vocabulary], with at least one element.
  ///
  /// - Throws: `InputError` when the row holds NaN or no finite value: there is nothing to draw from.
  public mutating func next(_ logits: UnsafeBufferPointer<Float>) throws(InputError) -> Int32 {
    var largest = -Float.infinity
    for logit in logits {
      guard !logit.isNaN else { throw Self.notFinite }
      largest = max(largest, logit)
    }
    guard largest.isFinite else { throw Self.notFinite }

    var candidates = candidates(logits)  // most likely first where a limit needs the order
    let weights = candidates.map { exponential((logits[$0] - largest) / temperature) }
    var total = weights.reduce(0, +)
    if let topP, topP < 1 {
      let goal = Double(topP) * total
      var sum = 0.0
      let count = weights.firstIndex {
        sum += $0
        return sum >= goal
      }
      candidates = Array(candidates.prefix((count ?? weights.count - 1) + 1))
      total = weights.prefix(candidates.count).reduce(0, +)
    }

    var left = Double.random(in: 0..<1, using: &random) * total
    for (index, candidate) in candidates.enumerated() {
      left -= weights[index]
      if left < 0 { return Int32(candidate) }
    }
    // Rounding may leave a remainder; it belongs to the last token that can be drawn at all.
    return Int32(candidates[candidates.indices.last { weights[$0] > 0 } ?? 0])
  }

  /// Token ids, of which `topK` are kept; sorted only when something depends on the order.
  private func candidates(_ logits: UnsafeBufferPointer<Float>) -> [Int] {
    guard topK != nil || topP != nil else { return Array(logits.indices) }
    let sorted = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
    guard let topK, topK < sorted.count else { return sorted }
    let last = logits[sorted[topK - 1]]
    return Array(sorted.prefix { logits[$0] >= last })
  }

  /// What there is to say of logits that no token can be taken from.
  public static let notFinite = InputError(
    problem: "the logits hold NaN or infinity; the model's weights or its dtype's range may be the reason",
    cure: "Check the checkpoint, or use fp32 or bf16 instead of fp16.")
}
