import Tensor
import Testing
import Transformer

@testable import Harness

@Suite struct SweepFileTests {
  @Test("a valid sweep means what it says, and absent keys have the original's defaults")
  func valid() throws {
    let sweep = try sweep(validSweep)
    #expect(sweep.benchmarkName == "tiny")
    #expect(sweep.maximumSequenceLength == 64)
    #expect(sweep.tokenizerName == "none")
    #expect([sweep.modelDType, sweep.arithmeticDType, sweep.kvCacheDType] == [.bf16, .bf16, .bf16])
    #expect(sweep.useCache && sweep.hugePages)
    #expect([sweep.batchCount, sweep.warmupBatchCount] == [5, 3])
    #expect(sweep.threads == nil && sweep.prompts == nil && sweep.kvCacheCapacity == nil)
    let model = try #require(sweep.configuration)
    #expect([model.modelWidth, model.headCount, model.layerCount, model.feedForwardWidth] == [64, 4, 2, 256])
    #expect([model.vocabularySize, model.maximumSequenceLength] == [50368, 64])
    #expect(model.position == .learned)
    guard case .random(_, standardDeviation: 0.02) = sweep.model else {
      Issue.record("\(sweep.model)")
      return
    }
  }

  @Test("engines are one name or a list of them, and the original's use_deepspeed is one more way to say so")
  func engines() throws {
    #expect(try sweep(validSweep).engines == [.native])
    #expect(try sweep(validSweep, "engine=hf").engines == [.huggingFace])
    #expect(try sweep(validSweep, "engine=[llamacpp,native]").engines == [.llamacpp, .native])
    #expect(try sweep(validSweep, "use_deepspeed=true").engines == [.deepspeed])
    #expect(try sweep(validSweep, "use_deepspeed=true", "engine=[native,deepspeed]").engines == [.native, .deepspeed])
    #expect(throws: SweepFileError.self) { try sweep(validSweep, "use_deepspeed=true", "engine=hf") }
    let patient = try sweep(validSweep, "engine_timeout_s=7", "engine_rounds=3")
    #expect(patient.engineTimeout == 7 && patient.engineRounds == 3)
  }

  @Test("own keys are read")
  func ownKeys() throws {
    let sweep = try sweep(
      validSweep
        + "\nseed: 3\nthreads: 4\nprefill_threads: 2\ndecode_threads: 1\nhuge_pages: no"
        + "\nkv_cache: {dtype: fp32, capacity: 32}\ndist_timeout: 600\nvariables: {anything: [1, {a: b}]}")
    #expect(sweep.seed == 3)
    #expect([sweep.threads, sweep.prefillThreads, sweep.decodeThreads] == [4, 2, 1])
    #expect(!sweep.hugePages)
    #expect(sweep.kvCacheDType == .fp32 && sweep.kvCacheCapacity == 32)
  }

  @Test("trials run batch sizes outermost and output lengths innermost, duplicates as often as they stand there")
  func trialOrder() throws {
    let sweep = try sweep(validSweep, "batch_sizes=[4,1,4]", "input_lengths=[8,3]", "output_lengths=[2,1]")
    #expect(
      sweep.trials.map(\.name) == [
        "tiny_4_8_2", "tiny_4_8_1", "tiny_4_3_2", "tiny_4_3_1", "tiny_1_8_2", "tiny_1_8_1", "tiny_1_3_2", "tiny_1_3_1",
        "tiny_4_8_2", "tiny_4_8_1", "tiny_4_3_2", "tiny_4_3_1",
      ])
    let last = try #require(sweep.trials.last)
    #expect([last.batchSize, last.inputLength, last.outputLength] == [4, 3, 1])
  }

  @Test(
    "a dtype may be spelt as PyTorch does",
    arguments: [
      ("fp32", .fp32), ("float32", .fp32), ("torch.float32", .fp32), ("bf16", .bf16), ("torch.bfloat16", .bf16),
      ("fp16", .fp16), ("float16", .fp16), ("torch.half", .fp16),
    ] as [(String, DType)])
  func dtypes(name: String, dtype: DType) throws {
    #expect(try sweep(validSweep, "model_dtype=\(name)").modelDType == dtype)
  }

  @Test("autocast_dtype is the arithmetic's dtype and leaves weights and cache alone")
  func autocast() throws {
    let sweep = try sweep(validSweep, "model_dtype=fp32", "autocast_dtype=bf16")
    #expect([sweep.modelDType, sweep.arithmeticDType, sweep.kvCacheDType] == [.fp32, .bf16, .fp32])
  }

  @Test("the spread of random weights comes from init_std, in the section or in init_config")
  func initialization() throws {
    func deviation(_ override: String) throws -> Float? {
      if case .random(_, let deviation) = try sweep(validSweep, override).model { deviation } else { nil }
    }
    #expect(try deviation("model.init_std=1e-3") == 0.001)
    #expect(try deviation("model.init_config.init_std=0.5") == 0.5)
  }

  @Test("the model's own max_seq_len counts, as in the original")
  func sequenceLengths() throws {
    let longer = try sweep(validSweep, "model.max_seq_len=128", "input_lengths=[100]")
    #expect(longer.maximumSequenceLength == 128)
    #expect(longer.configuration?.maximumSequenceLength == 128)
    let inherited = try sweep(edited("  max_seq_len: ${max_seq_len}", "  expansion_ratio: 2"))
    #expect(inherited.configuration?.maximumSequenceLength == 64)
  }

  @Test("a benchmark may have a number for a name")
  func numericName() throws {
    #expect(try sweep(validSweep, "benchmark_name=7").trials.first?.name == "7_1_8_4")
  }
}
