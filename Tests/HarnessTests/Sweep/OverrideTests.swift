import Testing
import Transformer

@testable import Harness

@Suite struct OverrideTests {
  private func applied(_ text: String, _ overrides: String...) throws -> ConfigurationValue {
    var root = try #require(try tree(text))
    for override in overrides { try Override(override).apply(to: &root) }
    return root.value
  }

  @Test("a value is YAML, a later override wins, and nothing behind the = is null")
  func values() throws {
    let value = try applied("a: 1\nb: 2", "a=[1,2]", "b=x", "b=yes", "c=", "d={e: 1}", "f=a=b", "g='7'", "h=${a}")
    #expect(value["a"] == .array([.integer(1), .integer(2)]))
    #expect(value["b"] == .bool(true))
    #expect(value["c"] == .null)
    #expect(value["d"]?["e"] == .integer(1))
    #expect(value["f"] == .string("a=b"))
    #expect(value["g"] == .string("7"))
    #expect(value["h"] == .string("${a}"))
  }

  @Test("missing mappings are created, mappings are merged, lists are replaced")
  func structure() throws {
    let value = try applied(
      "m: {a: 1, l: [1, 2], s: {x: 1}}\nn: null", "m={b: 2, s: {y: 2}}", "m.l=[3]", "p.q.r=5", "n.k=1", "m.s.x=9")
    #expect(value["m"]?["a"] == .integer(1))
    #expect(value["m"]?["b"] == .integer(2))
    #expect(value["m"]?["l"] == .array([.integer(3)]))
    #expect(value["m"]?["s"] == .object([.init(key: "x", value: .integer(9)), .init(key: "y", value: .integer(2))]))
    #expect(value["p"]?["q"]?["r"] == .integer(5))
    #expect(value["n"]?["k"] == .integer(1))
  }

  @Test("overrides are set before interpolations are replaced")
  func beforeInterpolation() throws {
    let sweep = try sweep(validSweep, "max_seq_len=32", "tokenizer_name=${benchmark_name}")
    #expect(sweep.configuration?.maximumSequenceLength == 32)
    #expect(sweep.tokenizerName == "tiny")
  }

  @Test("sweeps take dotted overrides")
  func sweeps() throws {
    let sweep = try sweep(
      validSweep, "model.n_layers=3", "batch_sizes=[1,2]", "model.attn_config.alibi=true", "benchmark_name=other name",
      "repeat={until_ci: 0.02, max_seconds: 120}")
    #expect(sweep.configuration?.layerCount == 3)
    #expect(sweep.configuration?.position == .alibi(biasMax: 8))
    #expect(sweep.benchmarkName == "other name")
    #expect(sweep.repetition?.untilInterval == 0.02)
  }

  @Test("a faulty override is shown with a caret under the fault")
  func faultyOverrides() {
    #expect(
      faults(validSweep, "model.n_layers=two", "batch_sizes=[1,2", "verbose", "device=a: b: c") == """
        command line, column 13: not YAML: the list that starts here is not closed
           | batch_sizes=[1,2
           |             ^
             add the ]
        command line, column 1: not an override
           | verbose
           | ^~~~~~~
             write key=value, as in batch_sizes=[1,2]
        command line, column 12: not YAML: mapping values are not allowed in this context
           | device=a: b: c
           |            ^
             put quotes around a value that contains ': ', or align the key with the ones above
        command line, column 7: model.n_layers must be an integer, is a string
           | model.n_layers=two
           |       ^~~~~~~~~~~~
             write an integer, or leave the option out
        """)
  }

  @Test(
    "an override that names no key is refused",
    arguments: [
      ("=3", "column 1: '' is no key"), ("a..b=1", "column 3: 'a..b' is no key"),
      (".a=1", "column 1: '.a' is no key"), ("a b=1", "column 1: 'a b' is no key"),
      ("batch_sizes.0=4", "column 13: 'batch_sizes' is a list and has no keys"),
      ("benchmark_name.x=4", "column 16: 'benchmark_name' is a string and has no keys"),
      ("model.n_layrs=2", "column 7: model.n_layrs is no known option"),
      ("modle.n_layers=2", "column 1: unknown key 'modle'"), ("", "column 1: not an override"),
    ])
  func noKey(override: String, problem: String) {
    #expect(faults(validSweep, override).contains(problem))
  }

  @Test("an override with thousands of levels or values is refused")
  func bounds() {
    #expect(faults(validSweep, String(repeating: "a.", count: 5000) + "a=1").contains("too many levels"))
    #expect(faults(validSweep, "a=" + String(repeating: "[", count: 5000)).contains("nested deeper than 64 levels"))
    let list = Array(repeating: "1", count: 20_000).joined(separator: ",")
    #expect(faults(validSweep, "batch_sizes=[\(list)]").contains("more than 10000 values"))
  }

  @Test("faults of overrides follow those of the file, in the order of the command line")
  func order() {
    let heads = faults(edited("device: null", "device: gpu"), "use_cache=2", "num_batches=x").split(separator: "\n")
      .filter { $0.contains(": ") && !$0.hasPrefix(" ") }.map { $0.prefix(12) }
    #expect(heads == ["s.yaml:16:9:", "command line", "command line"])
  }
}
