/// "did you mean" for names that nobody knows.
public enum Suggestion {
  /// The candidate nearest to `name`, if it is near enough to be a slip of the fingers: at most a third of the letters
  /// differ (insertions, deletions, replacements and swapped neighbours count one each).
  public static func closest(to name: String, among candidates: some Sequence<String>) -> String? {
    let typed = Array(name.lowercased().utf8.prefix(65))
    guard typed.count <= 64 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let letters = Array(candidate.lowercased().utf8)
      guard letters.count <= 64 else { continue }
      let distance = editDistance(typed, letters)
      let length = max(typed.count, letters.count)
      // A name of one letter is a slip of nothing but itself.
      let limit = min(max(1, length / 3), length - 1)
      if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// A cure for an unknown name: the nearest known one, else all of them.
  public static func cure(for name: String, among candidates: [String]) -> String? {
    if let closest = closest(to: name, among: candidates) { return "did you mean '\(closest)'?" }
    return candidates.isEmpty ? nil : "known are \(candidates.sorted().joined(separator: ", "))"
  }

  /// Optimal string alignment distance: three rows of the table are enough.
  private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for i in left.indices {
      var row = [i + 1]
      for j in right.indices {
        let cost = left[i] == right[j] ? 0 : 1
        var distance = min(previous[j] + cost, previous[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          distance = min(distance, beforePrevious[j - 1] + 1)
        }
        row.append(distance)
      }
      beforePrevious = previous
      previous = row
    }
    return previous[right.count]
  }
}
