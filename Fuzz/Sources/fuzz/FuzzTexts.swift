@testable import Harness
@testable import Transformer

/// What parses is the same after it was written and parsed again.
func fuzzJSON(_ bytes: UnsafeRawBufferPointer) {
  guard let value = try? JSONParser(allowsNonFiniteNumbers: true).parse(bytes) else { return }
  guard (try? JSONParser().parse(bytes)) != nil else { return }
  for indentation in [nil, 2] {
    let text = JSONWriter(indentation: indentation).text(value)
    guard let again = try? JSONParser().parse(text) else { fatalError("what was written does not parse: \(text)") }
    precondition(again == value, "\(text) is another value than was written")
  }
}

/// A sweep file, with what it says about models, ends in a sweep or in errors that can be shown.
func fuzzYAML(_ bytes: UnsafeRawBufferPointer) {
  do {
    let sweep = try SweepFile.parse(Array(bytes), path: "fuzz.yaml", overrides: []) { _ in nil }
    _ = sweep.fingerprint
  } catch {
    precondition(!error.description.isEmpty)
  }
}
