import Testing

@testable import Harness

@Suite struct SweepFaultTests {
  @Test("several faults are reported at once, in the order of the file, each with its line, caret and cure")
  func several() {
    let text =
      edited("  d_model: 64", "  d_modle: 64")
      .replacing("device: null", with: "device: cuda").replacing("batch_sizes: [1, 2]", with: "batch_size: [1, 2]")
      .replacing("output_lengths: [4]", with: "output_lengths: [4, 0, four]")
    #expect(
      faults(text) == """
        s.yaml:10:3: model.d_modle is no known option
          10 |   d_modle: 64
             |   ^~~~~~~~~~~
               did you mean 'd_model'?
        s.yaml:16:9: device 'cuda': this engine runs on CPUs, in pure Swift
          16 | device: cuda
             |         ^~~~
               write null or cpu
        s.yaml:20:1: unknown key 'batch_size'
          20 | batch_size: [1, 2]
             | ^~~~~~~~~~
               did you mean 'batch_sizes'?
        s.yaml:22:21: an entry of output_lengths must be at least 1, not 0
          22 | output_lengths: [4, 0, four]
             |                     ^
               write output_lengths: [8]
        s.yaml:22:24: an entry of output_lengths must be an integer, not a string ('four')
          22 | output_lengths: [4, 0, four]
             |                        ^~~~
               write output_lengths: [8]
        """)
  }

  @Test("no more than ten faults are shown, the rest is counted")
  func manyFaults() {
    let text = validSweep + "\n" + (0..<25).map { "unknown_\($0): 1\n" }.joined()
    let shown = faults(text)
    #expect(shown.split(separator: "\n").count(where: { $0.contains("unknown key") }) == 10)
    #expect(shown.hasSuffix("… and 15 more"))
  }

  @Test("an empty mapping lacks every required key")
  func missing() {
    let shown = faults("{}")
    for key in [
      "benchmark_name", "max_seq_len", "model", "model_dtype", "batch_sizes", "input_lengths", "output_lengths",
    ] {
      #expect(shown.contains("s.yaml:1:1: \(key) is missing\n      add '\(key): "))
    }
    #expect(faults(edited("  name: mpt_causal_lm", "  vocab_size: 99")).contains("8:1: model.name is missing"))
    #expect(
      faults(edited("  name: ${tokenizer_name}", "  kwarg: {}")).contains("s.yaml:4:1: tokenizer.name is missing"))
  }

  @Test(
    "a wrong type or a bad value is shown where it stands",
    arguments: [
      ("num_batches=five", "column 13: num_batches must be an integer, not a string ('five')", "num_batches=5"),
      ("num_batches='5'", "column 13: num_batches must be an integer, not a string ('5')", "remove the quotes"),
      ("num_batches=5.0", "column 13: num_batches must be an integer, not a number (5.0)", "num_batches=5"),
      ("num_batches=true", "column 13: num_batches must be an integer, not a boolean (true)", "num_batches=5"),
      ("num_batches=[5]", "column 13: num_batches must be an integer, not a list", "num_batches=5"),
      ("num_batches=0", "column 13: num_batches must be at least 1, not 0", "num_batches=5"),
      ("num_batches=.nan", "column 13: num_batches must be an integer, not a number (.nan)", "num_batches=5"),
      ("num_warmup_batches=-1", "column 20: num_warmup_batches must be at least 0, not -1", "num_warmup_batches=3"),
      ("max_seq_len=2147483648", "max_seq_len must be at most 2147483647, not 2147483648", "max_seq_len=2048"),
      ("max_seq_len=99999999999999999999", "max_seq_len must be at most 2147483647, not 9999", "max_seq_len=2048"),
      ("max_seq_len=null", "max_seq_len must be an integer, not null", "max_seq_len=2048"),
      ("batch_sizes=4", "batch_sizes must be a list of integers, not an integer (4)", "batch_sizes=[4]"),
      ("batch_sizes=[]", "batch_sizes is an empty list: nothing would be measured", "batch_sizes=[1,2,4]"),
      ("batch_sizes=[1,-2]", "an entry of batch_sizes must be at least 1, not -2", "batch_sizes=[1,2,4]"),
      ("batch_sizes=[[1]]", "an entry of batch_sizes must be an integer, not a list", "batch_sizes=[1,2,4]"),
      ("use_cache=1", "use_cache must be true or false, not an integer (1)", "use_cache=true"),
      ("benchmark_name=true", "benchmark_name must be a string, not a boolean (true)", "benchmark_name=my-sweep"),
      ("benchmark_name=''", "benchmark_name is empty", "benchmark_name=my-sweep"),
      ("benchmark_name=\"a\\nb\"", "benchmark_name must be one short line of text", "remove line breaks"),
      ("model=5", "model must be a mapping, not an integer (5)", "'model={name: mpt_causal_lm"),
      ("tokenizer=none", "tokenizer must be a mapping, not a string ('none')", "'tokenizer={name:"),
      ("tokenizer.kwargs.model_max_length=long", "tokenizer.kwargs.model_max_length must be a number", "=2048"),
      ("tokenizer.kwargs.model_max_len=1", "unknown key 'model_max_len' in tokenizer.kwargs", "'model_max_length'"),
      ("dist_timeout=never", "dist_timeout must be a number, not a string ('never')", "dist_timeout=600"),
      ("kv_cache.dtpye=bf16", "unknown key 'dtpye' in kv_cache", "did you mean 'dtype'?"),
      ("kv_cache.capacity=11", "kv_cache.capacity (11) is less than 8 + 4 tokens", "write 12 or more"),
      ("repeat=5", "repeat must be a mapping", "write 'repeat={until_ci: 0.02, max_seconds: 120}'"),
      ("seed=-1", "seed must be at least 0, not -1", "seed=17"),
      ("threads=0", "threads must be at least 1, not 0", "threads=2"),
      ("device=cuda:0", "device 'cuda:0': this engine runs on CPUs, in pure Swift", "write null or cpu"),
      ("engine=lamacpp", "engine 'lamacpp' is not known", "did you mean 'llamacpp'?"),
      ("engine=[native,native]", "engine 'native' is named twice", "name it once"),
      ("engine=[]", "engine must have 1 to 7 entries", "engine=[native,hf]"),
      ("engine=[1]", "an entry of engine must be a string", "engine=[native,hf]"),
      ("engine_timeout_s=0", "engine_timeout_s must be at least 1", "engine_timeout_s=600"),
      ("model_dtype=int3", "model_dtype 'int3' is no dtype of this engine", "write one of fp32, bf16, fp16"),
      ("model_dtype=torch.bfloat61", "model_dtype 'torch.bfloat61' is no dtype", "did you mean 'bfloat16'?"),
      ("autocast_dtype=fp8", "autocast_dtype 'fp8' is no dtype of this engine", "write one of fp32, bf16, fp16"),
      ("kv_cache.dtype=q4", "kv_cache.dtype 'q4' is no dtype of this engine", "write one of"),
      ("prompts=/nowhere/p.txt", "prompts '/nowhere/p.txt' is not there", "remove the key for random tokens"),
      ("prompts=/", "prompts '/' is a directory", "give a text or JSONL file"),
      ("model.init_std=-0.1", "model.init_std must be a number from 0 to 1000, not a number (-0.1)", "init_std=0.02"),
      ("d_model=64", "column 1: unknown key 'd_model'", "move it into model: as model.d_model"),
      ("input_lengths=[61]", "input_lengths 61 + output_lengths 4 = 65, more than model.max_seq_len (64)", "shorten"),
      ("output_lengths=[1,60]", "column 19: input_lengths 8 + output_lengths 60 = 68, more than", "raise max_seq_len"),
    ])
  func badValues(override: String, problem: String, cure: String) {
    let lines = faults(validSweep, override).split(separator: "\n").map(String.init)
    #expect(lines.first?.contains(problem) == true, "\(lines)")
    #expect(lines.last?.contains(cure) == true, "\(lines)")
    #expect(lines.count == 4)
  }

  @Test("a value that reaches several keys is reported once, where it was written")
  func oneCause() {
    #expect(
      faults(edited("max_seq_len: 64", "max_seq_len: many")) == """
        s.yaml:2:14: max_seq_len must be an integer, not a string ('many')
          2 | max_seq_len: many
            |              ^~~~
              write max_seq_len: 2048
        """)
    #expect(
      faults(edited("max_seq_len: 64", "max_seq_len: ${max_seq_length}")) == """
        s.yaml:2:14: unknown key 'max_seq_length' in an interpolation
          2 | max_seq_len: ${max_seq_length}
            |              ^~~~~~~~~~~~~~~~~
              did you mean '${max_seq_len}'?
        """)
  }

  @Test("a grid too large to list is refused")
  func hugeGrid() {
    let list = "[" + Array(repeating: "1", count: 100).joined(separator: ",") + "]"
    let shown = faults(validSweep, "batch_sizes=\(list)", "input_lengths=\(list)", "output_lengths=\(list)")
    #expect(shown.contains("the grid has 1000000 trials, more than 100000"))
    let long = "[" + Array(repeating: "1", count: 1001).joined(separator: ",") + "]"
    #expect(faults(validSweep, "batch_sizes=\(long)").contains("batch_sizes has 1001 entries, more than 1000"))
  }
}
