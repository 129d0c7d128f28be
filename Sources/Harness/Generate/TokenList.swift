import Transformer

/// Token ids as they are typed: "1,2,3", blanks allowed.
enum TokenList {
  /// - Throws: `InputError` naming the entry that is no id of the vocabulary.
  static func parse(_ text: String, vocabularySize: Int) throws -> [Int32] {
    let entries = text.split(separator: ",", omittingEmptySubsequences: false).map { SystemFile.trimmed($0) }
    guard entries != [""] else {
      throw InputError(path: ["--tokens"], problem: "names no token", cure: "Give ids such as 1,2,3.")
    }
    return try entries.enumerated().map { index, entry in
      guard let value = Int(entry) else {
        throw InputError(
          path: ["--tokens"], problem: "entry \(index + 1), \"\(entry.prefix(40))\", is no integer",
          cure: "Give ids such as 1,2,3.")
      }
      guard value >= 0, value < vocabularySize, let id = Int32(exactly: value) else {
        throw InputError(
          path: ["--tokens"],
          problem: "entry \(index + 1) is \(value), outside the vocabulary of \(vocabularySize) tokens",
          cure: "Ids go from 0 to \(vocabularySize - 1).")
      }
      return id
    }
  }
}
