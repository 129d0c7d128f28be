import Transformer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What two runs of the same trials say about each other. A is the baseline; every ratio is B's time divided by A's.
public struct Comparison: Sendable, Equatable {
  public var trials: [ComparedTrial] = []
  /// Trials that only one side has measured.
  public var onlyInA: [String] = []
  public var onlyInB: [String] = []
  /// What the sides differ in beside their times.
  public var differences: [Difference] = []
  /// Whether the sides took turns, so that what drifts touches both.
  public var isPaired = false
  /// Percent below which a difference does not matter.
  public var margin = Verdict.defaultMargin

  public struct Difference: Sendable, Equatable {
    public var field: String
    public var a: String
    public var b: String
  }

  init() {}

  init(_ a: ComparedRun, _ b: ComparedRun, margin: Double = Verdict.defaultMargin) {
    self.margin = margin
    let trialsA = a.trials()
    let trialsB = b.trials()
    let rowsB = Dictionary(uniqueKeysWithValues: trialsB.map { ($0.key, $0.rows) })
    let keysA = Set(trialsA.map(\.key))
    isPaired = a.isInRounds && b.isInRounds
    let common = trialsA.count { rowsB[$0.key] != nil }
    var distance: Difference?
    for (key, rowsA) in trialsA {
      guard let rows = rowsB[key] else {
        onlyInA.append(key.text)
        continue
      }
      trials.append(ComparedTrial(key: key, rowsA, rows, isPaired: isPaired, amongst: common, margin: margin))
      if differences.isEmpty { differences = Self.differences(rowsA[0], rows[0]) }
      if !isPaired && distance == nil { distance = Self.distance(rowsA[0], rows[0]) }
    }
    if let distance { differences.append(distance) }
    onlyInB = trialsB.map(\.key).filter { !keysA.contains($0) }.map(\.text)
  }

  /// Whether all trials have an interval.
  var hasIntervals: Bool { trials.allSatisfy { $0.latency.ratio.interval != nil } }

  /// Whether the intervals are so narrow that no verdict can be UNDECIDED: their ends differ by no more than the margin, so
  /// that one which is not within the margin of 1 excludes 1.
  var isNarrow: Bool {
    trials.allSatisfy { trial in
      trial.latency.ratio.interval.map { $0.upperBound <= $0.lowerBound * (1 + margin / 100) } ?? false
    }
  }

  /// Whether B is SLOWER at a trial by more than it may be.
  ///
  /// - Parameter percent: what is allowed.
  public func isSlower(byMoreThan percent: Double) -> Bool {
    trials.contains { $0.latency.verdict == .slower && $0.latency.ratio.ratio > 1 + percent / 100 }
  }

  /// Fields that two rows of the same trial may differ in, in the order in which they matter.
  private static let comparedFields: [[String]] = [
    ["n_params"], ["dtype"], ["arithmetic_dtype"], ["kv_cache_dtype"], ["use_cache"], ["threads"], ["isa"], ["build"],
    ["machine"], ["fingerprint"], ["environment", "git_commit"], ["environment", "swift"], ["environment", "kernel"],
    ["environment", "governor"], ["environment", "transparent_huge_pages"], ["environment", "huge_pages_requested"],
  ]

  private static func differences(_ a: RecordedRow, _ b: RecordedRow) -> [Difference] {
    func text(_ row: RecordedRow, _ path: [String]) -> String {
      switch path.reduce(Optional(row.value), { $0?[$1] }) {
      case .string(let text): text
      case .some(let value): JSONWriter().text(value)
      case nil: "unknown"
      }
    }
    return comparedFields.compactMap { path in
      let (here, there) = (text(a, path), text(b, path))
      return here == there ? nil : Difference(field: path.last!, a: here, b: there)
    }
  }

  /// Whether two single runs met processors at different distances, and so different memory.
  private static func distance(_ a: RecordedRow, _ b: RecordedRow) -> Difference? {
    let field = "barrier_start_s"
    func barrier(_ row: RecordedRow) -> BarrierTime? {
      row.value["environment"]?[field]?.doubleValue.map { BarrierTime(seconds: $0) }
    }
    guard let here = barrier(a), let there = barrier(b), !BarrierTime.isAlike(here, there) else { return nil }
    return Difference(field: field, a: here.text, b: there.text)
  }
}

/// One trial of both sides.
public struct ComparedTrial: Sendable, Equatable {
  /// Batch size and lengths.
  public var name: String
  /// Of a whole generate call: the trial's verdict.
  public var latency: ComparedTime
  public var prefill: ComparedTime
  /// Of a mean later token; `nil` when there is none.
  public var token: ComparedTime?

  init(name: String, latency: ComparedTime) {
    self.name = name
    self.latency = latency
    prefill = latency
  }

  init(
    key: ComparedRun.Key, _ a: [RecordedRow], _ b: [RecordedRow], isPaired: Bool, amongst count: Int, margin: Double
  ) {
    name = key.text
    func compared(_ seconds: (Sample) -> Double) -> ComparedTime {
      ComparedTime(Self.times(a, seconds), Self.times(b, seconds), isPaired: isPaired, amongst: count, margin: margin)
    }
    latency = compared(\.latency)
    prefill = compared(\.prefill)
    if key.outputLength > 1 { token = compared { $0.tokens.reduce(0, +) / Double(max(1, $0.tokens.count)) } }
  }

  /// Seconds of each call, [round][call].
  private static func times(_ rows: [RecordedRow], _ seconds: (Sample) -> Double) -> [[Double]] {
    rows.map { row in
      (row.value["samples"]?.arrayValue ?? []).compactMap { Sample(json: $0) }.map(seconds).filter { $0 > 0 }
    }
  }
}

/// One quantity of a trial on both sides.
public struct ComparedTime: Sendable, Equatable {
  /// Median seconds.
  public var a: Double
  public var b: Double
  public var ratio: RatioInterval
  public var verdict: Verdict
  /// Rounds, or the calls of each side.
  public var counts: [Int]

  /// - Parameters:
  ///   - a, b: seconds, [round][call].
  ///   - isPaired: whether rounds of the same number belong together.
  ///   - count: trials of the comparison.
  ///   - margin: percent below which a difference does not matter.
  init(
    _ a: [[Double]], _ b: [[Double]], isPaired: Bool, amongst count: Int = 1, margin: Double = Verdict.defaultMargin
  ) {
    let (allA, allB) = (a.flatMap { $0 }, b.flatMap { $0 })
    self.a = allA.isEmpty ? .nan : Statistics.percentile(allA, 50)
    self.b = allB.isEmpty ? .nan : Statistics.percentile(allB, 50)
    let rounds = zip(a, b).filter { !$0.isEmpty && !$1.isEmpty }
    if allA.isEmpty || allB.isEmpty {
      ratio = RatioInterval(ratio: .nan)
      counts = []
    } else if isPaired && !rounds.isEmpty {
      ratio = RatioInterval(rounds: rounds.map { Self.roundRatio($0, $1) }, amongst: count)
      counts = [rounds.count]
    } else {
      ratio = RatioInterval(samples: allA, allB, amongst: count)
      counts = [allA.count, allB.count]
    }
    verdict = Verdict(ratio.interval, margin: margin)
  }

  /// What one round says of B's time divided by A's: the median of its pairs, for a disturbance of one call is none of the
  /// build. Calls of the same number were neighbours; where one side has more, they were none.
  static func roundRatio(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return Statistics.percentile(b, 50) / Statistics.percentile(a, 50) }
    // The mean of the two middle ones is taken of logarithms, so that exchanging A and B inverts the ratio.
    return exp(Statistics.percentile(zip(a, b).map { log($1) - log($0) }, 50))
  }
}

extension RatioInterval {
  /// A ratio without an interval.
  init(ratio: Double) {
    self.ratio = ratio
    interval = nil
  }
}
