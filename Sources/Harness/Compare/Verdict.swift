/// What a ratio's interval says about B.
public enum Verdict: String, Sendable {
  case faster = "FASTER"
  case slower = "SLOWER"
  /// Any difference is too small to matter.
  case same = "SAME"
  /// More or quieter measurements are needed.
  case undecided = "UNDECIDED"

  /// Percent below which a difference does not matter, unless somebody says otherwise.
  public static let defaultMargin = 2.0

  /// - Parameters:
  ///   - interval: of B's time divided by A's.
  ///   - margin: percent below which a difference does not matter.
  public init(_ interval: ClosedRange<Double>?, margin: Double = defaultMargin) {
    guard let interval else {
      self = .undecided
      return
    }
    let largest = 1 + margin / 100
    if interval.lowerBound >= 1 / largest && interval.upperBound <= largest {
      self = .same
    } else if interval.lowerBound > 1 {
      self = .slower
    } else if interval.upperBound < 1 {
      self = .faster
    } else {
      self = .undecided
    }
  }
}
