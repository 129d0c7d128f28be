/// What a ratio's interval says about B.
public enum Verdict: String, Sendable {
  case faster = "FASTER"
  case slower = "SLOWER"
  /// Any difference is too small to matter.
  case same = "SAME"
  /// More or quieter measurements are needed.
  case undecided = "UNDECIDED"

  /// Differences below this part do not matter.
  public static let margin = 0.02

  /// - Parameter interval: of B's time divided by A's.
  public init(_ interval: ClosedRange<Double>?) {
    guard let interval else {
      self = .undecided
      return
    }
    if interval.lowerBound >= 1 / (1 + Self.margin) && interval.upperBound <= 1 + Self.margin {
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
