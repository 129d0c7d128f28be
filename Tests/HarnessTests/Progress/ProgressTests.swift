import Testing

@testable import Harness

@Suite struct ProgressTests {
  @Test("without a terminal there are whole lines and no control characters") func plain() {
    let sink = MemorySink()
    var time = 0.0
    let progress = Progress(sink: sink) { time }
    progress.sweepBegan(trials: 2, cost: 30)
    progress.loadBegan("123 parameters")
    progress.loaded(0.5)
    time = 2
    progress.loadEnded("1 MB of weights")
    progress.trialBegan(number: 1, name: "any_1", batches: 2, cost: 10)
    time = 7
    progress.batchEnded()
    time = 12
    progress.batchEnded()
    progress.trialEnded("5.0 s")
    progress.trialSkipped(number: 2, name: "any_2", why: "out of memory", cost: 20)
    #expect(
      sink.text == """
        loading 123 parameters
        1 MB of weights ready in 2.0 s
        [1/2] any_1: call 1 of 2
        [1/2] any_1: 5.0 s, 20.0 s left
        [2/2] any_2: out of memory

        """)
  }

  @Test("without a terminal long calls are told of, short ones are not") func longCalls() {
    let sink = MemorySink()
    var time = 0.0
    let progress = Progress(sink: sink) { time }
    progress.sweepBegan(trials: 3, cost: 12)
    for (number, seconds, cost) in [(1, 30.0, 8.0), (2, 4, 1), (3, 6, 3)] {
      progress.trialBegan(number: number, name: "any_\(number)", batches: 3, cost: cost)
      for _ in 0..<3 {
        time += seconds
        progress.batchEnded()
      }
      progress.trialEnded("done")
    }
    #expect(
      sink.text == """
        [1/3] any_1: call 1 of 3
        [1/3] any_1: call 2 of 3, 1 min 45 s left
        [1/3] any_1: call 3 of 3, 1 min 15 s left
        [1/3] any_1: done, 45.0 s left
        [2/3] any_2: call 1 of 3, 45.0 s left
        [2/3] any_2: done, 34.0 s left
        [3/3] any_3: call 1 of 3, 34.0 s left
        [3/3] any_3: call 3 of 3, 10.4 s left
        [3/3] any_3: done

        """)
  }

  @Test("a bar never fills the terminal's last column", arguments: [0, 1, 10, 25, 40, 80, 300]) func width(columns: Int)
  {
    for fraction in [-1, 0, 0.5, 1, 2, Double.nan] {
      let line = ProgressBar.line(
        label: "[1/7] any_1_128_8 3/8", fraction: fraction, detail: "2 min 05 s left", columns: columns)
      #expect(line.count <= max(0, columns - 1))
    }
  }

  @Test("a bar shows label, share and time left") func bar() {
    #expect(
      ProgressBar.line(label: "weights", fraction: 0.5, detail: "3.0 s left", columns: 80)
        == "weights  [###############---------------]  50 %  3.0 s left")
  }

  @Test("on a terminal a line that stays replaces the bar") func terminal() {
    let sink = MemorySink(isTerminal: true)
    let progress = Progress(sink: sink) { 1 }
    progress.sweepBegan(trials: 1, cost: 10)
    progress.trialBegan(number: 1, name: "any_1", batches: 4, cost: 10)
    progress.note("a line")
    #expect(sink.text.hasPrefix("\r[1/1] any_1 0/4  ["))
    #expect(sink.text.hasSuffix("\r\u{1b}[Ka line\n"))
  }

  @Test(
    "durations are written for people",
    arguments: [
      (0, "0 ms"), (37.4e-6, "37 µs"), (0.0042, "4.2 ms"), (0.85, "850 ms"), (12.34, "12.3 s"), (245, "4 min 05 s"),
      (7380, "2 h 03 min"),
      (Double.infinity, "unknown"), (-1, "unknown"),
    ])
  func durations(seconds: Double, text: String) {
    #expect(durationText(seconds) == text)
  }
}
