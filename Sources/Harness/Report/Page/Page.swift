/// A self-contained page: no file, no font and no address beside it.
struct Page: Sendable {
  var title: String
  /// Shown in place of a description by search engines and previews.
  var summary: String
  var body: HTML
  /// Scripts without this word do not run: even if markup slipped through, a script in it would not.
  var nonce: String

  init(title: String, summary: String, body: HTML, nonce: String = Self.randomNonce()) {
    self.title = title
    self.summary = summary
    self.body = body
    self.nonce = nonce
  }

  var html: HTML {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'nonce-\(nonce)'; img-src data:; base-uri 'none'; form-action 'none'">
    <meta name="referrer" content="no-referrer">
    <meta name="color-scheme" content="light dark">
    \(Self.mark)
    <meta name="description" content="\(summary)">
    <link rel="icon" href="data:,">
    <title>\(title)</title>
    <style>
    \(PageStyle.source)
    </style>
    </head>
    <body>
    <a class="skip" href="#main">Skip to the content</a>
    \(body)
    <script nonce="\(nonce)">
    \(PageScript.source)
    </script>
    </body>
    </html>

    """
  }

  /// What tells a page of ours from another.
  static var mark: HTML { #"<meta name="generator" content="llm-bench">"# }

  private static func randomNonce() -> String {
    var random = SystemRandomNumberGenerator()
    let word = { String(random.next() as UInt64, radix: 36) }
    return word() + word()
  }
}
