import Transformer

/// Whether the first samples of a series come from the same distribution as those after them.
///
/// A processor that warms up, a cache that fills and a clock that falls all show as a change of the mean. Every place
/// where the series may change is tried with Student's two-sample t test, and the smallest p-value is multiplied by the
/// number of places (Bonferroni). A change counts when it is significant and larger than what matters.
public struct Steadiness: Sendable, Equatable {
  public var isSteady: Bool
  /// Samples before the most likely change.
  public var changeAfter: Int
  /// Mean after that place divided by the mean before it.
  public var ratio: Double
  /// Of that change, corrected for the number of places; at most 1.
  public var pValue: Double

  /// A corrected p-value below this is significant.
  static let significance = 0.05
  /// Changes of the mean below this part are not worth a warning.
  static let smallestChange = 0.02
  /// A test of fewer samples could find nothing.
  static let minimumSampleCount = 4

  /// `nil` for fewer than four samples.
  public init?(_ samples: [Double]) {
    guard samples.count >= Self.minimumSampleCount else { return nil }
    let places = 1...(samples.count - 2)
    var sums = [(sum: 0.0, squares: 0.0)]
    // Sums of squares lose digits when the mean is large against the spread.
    let center = Statistics.mean(samples)
    for sample in samples {
      let deviation = sample - center
      sums.append((sums.last!.sum + deviation, sums.last!.squares + deviation * deviation))
    }
    var best = (place: 1, p: 2.0)
    for place in places {
      let p = Self.pValue(before: sums[place], place, all: sums[samples.count], samples.count)
      if p < best.p { best = (place, p) }
    }
    changeAfter = best.place
    let before = Statistics.mean(Array(samples[..<best.place]))
    ratio = Statistics.mean(Array(samples[best.place...])) / before
    pValue = min(1, best.p * Double(places.count))
    isSteady = pValue >= Self.significance || abs(ratio - 1) < Self.smallestChange
  }

  /// Student's two-sample test with a common variance: also one sample against the rest has a p-value.
  private static func pValue(
    before: (sum: Double, squares: Double), _ count: Int, all: (sum: Double, squares: Double), _ total: Int
  ) -> Double {
    let n = Double(count)
    let m = Double(total - count)
    let after = (sum: all.sum - before.sum, squares: all.squares - before.squares)
    let difference = before.sum / n - after.sum / m
    let within = (before.squares - before.sum * before.sum / n) + (after.squares - after.sum * after.sum / m)
    let degrees = n + m - 2
    let variance = max(0, within) / degrees * (1 / n + 1 / m)
    guard variance > 0 else { return difference == 0 ? 1 : 0 }
    return StudentT.twoSided(difference / variance.squareRoot(), degrees: degrees)
  }

  /// For people.
  var text: String {
    isSteady
      ? "steady"
      : "not steady: \(fixed(abs(ratio - 1) * 100, 0)) % \(ratio > 1 ? "slower" : "faster") after sample \(changeAfter)"
  }

  /// The row's `steadiness` object.
  var json: ConfigurationValue {
    var object = JSONObject()
    object["steady"] = .bool(isSteady)
    object["change_after"] = .integer(changeAfter)
    object["ratio"] = .optional(ratio)
    object["p_value"] = .optional(pValue)
    return object.value
  }
}
