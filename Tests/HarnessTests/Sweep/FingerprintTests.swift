import Testing

@testable import Harness

@Suite struct FingerprintTests {
  @Test("FNV-1a gives the published values")
  func hash() {
    #expect(FNV1a.hash("".utf8) == 0xCBF2_9CE4_8422_2325)
    #expect(FNV1a.hash("a".utf8) == 0xAF63_DC4C_8601_EC8C)
    #expect(FNV1a.hash("foobar".utf8) == 0x8594_4171_F739_67E8)
  }

  @Test("the fingerprint is the same however the sweep is written, and for every grid")
  func same() throws {
    let fingerprint = try sweep(validSweep).fingerprint
    #expect(fingerprint.count == 16)
    #expect(try sweep("# a comment\n" + validSweep).fingerprint == fingerprint)
    #expect(try sweep(validSweep, "model_dtype=bfloat16", "max_seq_len=0x40", "device=cpu").fingerprint == fingerprint)
    #expect(try sweep(validSweep, "batch_sizes=[7]", "input_lengths=[1,2]").fingerprint == fingerprint)
    #expect(try sweep(validSweep, "engine=[native,hf]", "engine_timeout_s=5").fingerprint == fingerprint)
  }

  @Test(
    "the fingerprint changes with everything that changes a measurement",
    arguments: [
      "benchmark_name=other", "model_dtype=fp32", "autocast_dtype=fp32", "use_cache=false", "num_batches=4",
      "num_warmup_batches=0", "seed=1", "threads=1", "prefill_threads=1", "decode_threads=1", "kv_cache.dtype=fp32",
      "kv_cache.capacity=64", "huge_pages=false", "model.d_model=128", "model.n_heads=2", "model.n_layers=1",
      "model.vocab_size=100", "model.expansion_ratio=2", "model.no_bias=true", "model.attn_config.alibi=true",
      "model.attn_config.clip_qkv=6", "order=interleaved",
      "repeat={until_ci: 0.1, max_seconds: 5}", "model.init_std=0.1", "max_seq_len=63",
    ])
  func different(override: String) throws {
    #expect(try sweep(validSweep, override).fingerprint != sweep(validSweep).fingerprint)
  }

  @Test("the resolved text names each property with its value")
  func text() throws {
    let lines = try sweep(validSweep, "model.attn_config.rope=true").resolvedText.split(separator: "\n")
    #expect(lines.contains("benchmarkName = tiny"))
    #expect(lines.contains("model.random.0.modelWidth = 64"))
    #expect(lines.contains("threads = nil"))
    #expect(lines.contains { $0.hasPrefix("model.random.0.position.rotary.theta = 10000") })
    #expect(!lines.contains { $0.hasPrefix("batchSizes") })
  }
}
