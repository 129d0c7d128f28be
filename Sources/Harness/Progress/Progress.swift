/// Tells a person on standard error how far a run is: a bar with the time left on a terminal, plain lines elsewhere.
///
/// It is called between generate calls, never inside one, and used by one thread.
public final class Progress {
  private let sink: any TextSink
  private let now: () -> Double
  private var bar: ProgressBar?

  /// Trials of the run, those of an earlier run that are kept included.
  private var trialCount = 0
  /// Expected cost of all trials still to be measured when the run began, in any unit.
  private var totalCost = 0.0
  private var finishedCost = 0.0
  /// Seconds spent on `finishedCost`.
  private var finishedSeconds = 0.0
  private var loadStart = 0.0
  private var lastLine = 0.0
  private var trial: RunningTrial?

  private struct RunningTrial {
    var number: Int
    var name: String
    var cost: Double
    var start: Double
    var batches: Int
    var done = 0
  }

  /// Seconds without a line after which a person wonders, where there is no bar.
  private static let patience = 10.0

  /// - Parameters:
  ///   - now: seconds since any moment; a test's own clock.
  public init(sink: any TextSink, now: (() -> Double)? = nil) {
    self.sink = sink
    self.now = now ?? { Double(Monotonic.now()) * 1e-9 }
    if sink.erasesLines { bar = ProgressBar(sink: sink) }
  }

  /// A line that stays.
  public func note(_ text: String) { say(text) }

  /// - Parameter cost: expected cost of what is to be measured, in the unit that `trialBegan` uses.
  func sweepBegan(trials: Int, cost: Double) {
    trialCount = trials
    totalCost = cost
  }

  func loadBegan(_ what: String) {
    loadStart = now()
    if bar == nil { say("loading \(what)") }
  }

  /// - Parameter fraction: 0 … 1.
  func loaded(_ fraction: Double) {
    let left = fraction > 0.02 ? (now() - loadStart) * (1 - fraction) / fraction : nil
    bar?.draw(label: "weights", fraction: fraction, detail: left.map { "\(durationText($0)) left" } ?? "", at: now())
  }

  func loadEnded(_ what: String) { say("\(what) ready in \(durationText(now() - loadStart))") }

  /// - Parameter batches: generate calls of the trial, warm-up included.
  func trialBegan(number: Int, name: String, batches: Int, cost: Double) {
    trial = RunningTrial(number: number, name: name, cost: cost, start: now(), batches: batches)
    draw()
    // Nobody knows how long the first one takes.
    if bar == nil, finishedCost == 0 || cost * finishedSeconds / finishedCost >= Self.patience { sayHowFar() }
  }

  /// A generate call of the present trial has ended.
  func batchEnded() {
    trial?.done += 1
    draw()
    // After the last one the trial's own line follows.
    if bar == nil, trial?.done != trial?.batches, now() - lastLine >= Self.patience { sayHowFar() }
  }

  /// - Parameter outcome: "1.234 s, …" or what went wrong.
  func trialEnded(_ outcome: String) {
    guard let ended = trial else { return }
    finishedCost += ended.cost
    finishedSeconds += now() - ended.start
    trial = nil
    let left = secondsLeft().flatMap { $0 > 0 ? ", \(durationText($0)) left" : nil } ?? ""
    say("[\(ended.number)/\(trialCount)] \(ended.name): \(outcome)\(left)")
  }

  /// A trial that is come back to has been left.
  func visitEnded() {
    guard let left = trial else { return }
    finishedCost += left.cost
    finishedSeconds += now() - left.start
    trial = nil
  }

  /// A trial that needs no measuring: kept from an earlier run, or refused.
  func trialSkipped(number: Int, name: String, why: String, cost: Double) {
    totalCost -= cost
    say("[\(number)/\(trialCount)] \(name): \(why)")
  }

  /// Removes the bar.
  public func clear() { bar?.clear() }

  private func sayHowFar() {
    guard let trial else { return }
    let left = secondsLeft().map { ", \(durationText($0)) left" } ?? ""
    // A trial that repeats until it is sure takes more calls than were planned.
    let all = trial.done < trial.batches ? " of \(trial.batches)" : ""
    say("[\(trial.number)/\(trialCount)] \(trial.name): call \(trial.done + 1)\(all)\(left)")
  }

  private func draw() {
    guard let trial, bar != nil else { return }
    let inside = trial.batches > 0 ? Double(trial.done) / Double(trial.batches) : 0
    let done = finishedCost + trial.cost * inside
    let left = secondsLeft().map { "\(durationText($0)) left" } ?? ""
    bar?.draw(
      label: "[\(trial.number)/\(trialCount)] \(trial.name) \(trial.done)/\(trial.batches)",
      fraction: totalCost > 0 ? done / totalCost : inside, detail: left, at: now())
  }

  /// What is left at the pace so far: cost stands for time, whatever its unit.
  private func secondsLeft() -> Double? {
    var cost = finishedCost
    var seconds = finishedSeconds
    if let trial, trial.batches > 0 {
      cost += trial.cost * Double(trial.done) / Double(trial.batches)
      seconds += now() - trial.start
    }
    guard cost > 0 else { return nil }
    return max(0, totalCost - cost) * seconds / cost
  }

  private func say(_ text: String) {
    bar?.clear()
    lastLine = now()
    // A closed standard error is no reason to lose a measurement.
    try? sink.write(text + "\n")
  }
}
