/// A question that the reader answers before the measurement is shown.
struct Prediction: Sendable, Equatable {
  var question: String
  var options: [String]
  /// Index of the option that the measurement falls into.
  var answer: Int
  /// The measured answer, a sentence.
  var measured: String

  /// Options that part all values at `bounds`; exactly one holds `value`.
  ///
  /// - words: how a range reads: below the first bound, between two, above the last.
  init(
    _ question: String, value: Double, bounds: [Double], measured: String,
    words: (_ low: Double?, _ high: Double?) -> String
  ) {
    self.question = question
    self.measured = measured
    options = (0...bounds.count).map { index in
      words(index > 0 ? bounds[index - 1] : nil, index < bounds.count ? bounds[index] : nil)
    }
    answer = bounds.firstIndex { value < $0 } ?? bounds.count
  }

  init(_ question: String, options: [String], answer: Int, measured: String) {
    self.question = question
    self.options = options
    self.answer = answer
    self.measured = measured
  }

  /// "1.5 to 5 times as long", "more than 20 times as long"
  static func times(_ what: String) -> (_ low: Double?, _ high: Double?) -> String {
    { low, high in
      switch (low, high) {
      case (nil, let high?): "less than \(Quantity.number(high)) times \(what)"
      case (let low?, let high?): "\(Quantity.number(low)) to \(Quantity.number(high)) times \(what)"
      default: "more than \(Quantity.number(low ?? 0)) times \(what)"
      }
    }
  }

  /// "10 to 30 %"
  static func percent(_ low: Double?, _ high: Double?) -> String {
    func number(_ value: Double) -> String { Quantity.number(value * 100) }
    return switch (low, high) {
    case (nil, let high?): "less than \(number(high)) %"
    case (let low?, let high?): "\(number(low)) to \(number(high)) %"
    default: "more than \(number(low ?? 0)) %"
    }
  }

  func html(id: String) -> HTML {
    let choices = options.enumerated().map { index, option -> HTML in
      "<label><input type=\"radio\" name=\"\(id)-guess\" value=\"\(index)\">\(option)</label>"
    }.joined()
    return """
      <fieldset class="predict" data-answer="\(answer)" data-measured="\(measured)" data-reveal="\(id)-answer">\
      <legend>Predict</legend><p>\(question)</p>\(choices)<p class="verdict" role="status"></p></fieldset>

      """
  }
}
