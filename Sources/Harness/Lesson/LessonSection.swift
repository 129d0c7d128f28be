/// One step of a lesson: a question, and behind it one figure, three sentences and a command.
struct LessonSection: Sendable, Equatable {
  var id: String
  var title: String
  var content: Content

  enum Content: Sendable, Equatable {
    case measured(Prediction, Figure, Sentences, TryIt)
    /// Nothing was measured, and why.
    case missing(String)
  }

  /// Three, no more: what was measured, what it means, why it is so.
  struct Sentences: Sendable, Equatable {
    var measured: String
    var meaning: String
    var reason: String

    var all: [String] { [measured, meaning, reason] }
  }

  struct TryIt: Sendable, Equatable {
    var question: String
    var command: String
  }

  func html(number: Int) -> HTML {
    let heading: HTML = "<section id=\"\(id)\"><h2>\(number). \(title)</h2>\n"
    switch content {
    case .missing(let reason):
      return heading + "<p class=\"notes\">This step has no measurement: \(reason)</p></section>\n"
    case .measured(let prediction, let figure, let sentences, let tryIt):
      return heading + prediction.html(id: id) + """
        <details class="reveal" id="\(id)-answer"><summary>Show what your machine says</summary>
        <p class="answer">\(prediction.measured)</p>
        \(figure.html)\
        <p class="sentences">\(sentences.measured) \(sentences.meaning) \(sentences.reason)</p>
        <div class="try"><p>Try it yourself: \(tryIt.question)</p><pre><code>\(tryIt.command)</code></pre></div>
        </details></section>

        """
    }
  }
}
