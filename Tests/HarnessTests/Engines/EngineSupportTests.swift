import Testing
import Transformer

@testable import Harness

@Suite struct EngineSupportTests {
  /// What every engine's MPT can express.
  private static var common: ModelConfiguration {
    var model = ModelConfiguration(
      vocabularySize: 100, modelWidth: 32, layerCount: 2, headCount: 4, feedForwardWidth: 128,
      maximumSequenceLength: 64)
    model.position = .alibi(biasMax: 8)
    model.biases = .none
    return model
  }

  private func refusal(_ engine: EngineName, _ change: (inout ModelConfiguration) -> Void = { _ in }) -> String? {
    var model = Self.common
    change(&model)
    return EngineSupport.refusal(engine, .example(), model)
  }

  @Test("ALiBi without biases runs everywhere", arguments: EngineName.allCases)
  func common(engine: EngineName) { #expect(refusal(engine) == nil) }

  @Test("transformers' MPT is refused what it would silently ignore", arguments: [EngineName.huggingFace, .deepspeed])
  func transformers(engine: EngineName) {
    #expect(refusal(engine) { $0.position = .learned }?.contains("learned positions") == true)
    #expect(refusal(engine) { $0.biases = .all }?.contains("biases") == true)
    #expect(refusal(engine) { $0.feedForwardWidth = 96 }?.contains("expansion ratio") == true)
    #expect(refusal(engine) { $0.keyValueHeadCount = 2 }?.contains("grouped queries") == true)
    #expect(refusal(engine) { $0.queryKeyNormalization = .wholeRow } != nil)
    #expect(refusal(engine) { $0.softmaxScale = 0.5 } == nil)
    #expect(refusal(engine) { $0.clipQKV = 6 } == nil)
  }

  @Test("llama.cpp has learned positions and biases, not rotary ones") func llamaCpp() {
    #expect(refusal(.llamacpp) { $0.position = .learned } == nil)
    #expect(refusal(.llamacpp) { $0.biases = .all } == nil)
    #expect(refusal(.llamacpp) { $0.position = .rotary(RotaryEmbedding(dimension: 8)) }?.contains("rotary") == true)
    #expect(refusal(.llamacpp) { $0.slidingWindow = 8 }?.contains("sliding window") == true)
    #expect(refusal(.llamacpp) { $0.softmaxScale = 0.5 } != nil)
  }

  @Test("llm-foundry's own MPT takes all of it") func foundry() {
    #expect(refusal(.foundry) { $0.position = .learned } == nil)
    #expect(refusal(.foundry) { $0.slidingWindow = 8 } == nil)
  }

  @Test("CTranslate2 has Llama as it was first, not all that shares its names") func ctranslate2() {
    func refusal(_ change: (inout ModelConfiguration) -> Void = { _ in }) -> String? {
      self.refusal(.ctranslate2) { model in
        model.family = .llama
        model.activation = .silu
        model.position = .rotary(RotaryEmbedding(theta: 5e5, dimension: 8))
        change(&model)
      }
    }
    #expect(refusal() == nil)
    #expect(refusal { $0.biases.attentionInput = true } == nil)
    #expect(refusal { $0.biases.attentionOutput = true }?.contains("biases") == true)
    #expect(refusal { $0.slidingWindow = 8 }?.contains("sliding window") == true)
    #expect(refusal { $0.queryKeyNormalization = .perHead } != nil)
    #expect(refusal { $0.position = .rotary(RotaryEmbedding(dimension: 4)) }?.contains("rotary") == true)
    let scaled = RotaryEmbedding(dimension: 8, scaling: .linear(factor: 2))
    #expect(refusal { $0.position = .rotary(scaled) }?.contains("rotary") == true)
    #expect(refusal { $0.family = .falcon }?.contains("MPT and Llama") == true)
  }

  @Test("options of the sweep that an engine has no counterpart for are refused") func sweepOptions() {
    var sweep = Sweep.example()
    sweep.arithmeticDType = .fp32
    #expect(EngineSupport.refusal(.huggingFace, sweep, Self.common)?.contains("autocast_dtype") == true)
    #expect(EngineSupport.refusal(.native, sweep, Self.common) == nil)
    sweep = .example()
    sweep.kvCacheCapacity = 64
    #expect(EngineSupport.refusal(.llamacpp, sweep, Self.common)?.contains("kv_cache.capacity") == true)
    sweep = .example()
    sweep.useCache = false
    #expect(EngineSupport.refusal(.ctranslate2, sweep, Self.common)?.contains("use_cache") == true)
    #expect(EngineSupport.refusal(.huggingFace, sweep, Self.common) == nil)
  }
}

@Suite struct PeerInstallationTests {
  @Test("an engine that is not installed is refused with the command that installs it") func missing() throws {
    let folder = try TemporaryFolder()
    let installation = PeerInstallation(drivers: "d", environments: folder.path, variables: [:])
    #expect(throws: EngineProblem.refused("not installed: make peers PEERS=llamacpp")) {
      try installation.interpreter(of: .llamacpp)
    }
  }

  @Test("a variable names an interpreter; one that is none is refused") func variable() throws {
    var installation = PeerInstallation(
      drivers: "d", environments: "/nowhere", variables: ["LLM_BENCH_PYTHON_HF": "/bin/sh"])
    #expect(try installation.interpreter(of: .huggingFace) == "/bin/sh")
    installation.variables["LLM_BENCH_PYTHON_HF"] = "/no/such/program"
    #expect(throws: EngineProblem.self) { try installation.interpreter(of: .huggingFace) }
  }

  @Test("drivers see the threads and no foreign modules") func environment() {
    let installation = PeerInstallation(
      drivers: "d", environments: "e", variables: ["PYTHONPATH": "/elsewhere", "HOME": "/home/me"])
    let variables = installation.environment(threads: 3)
    #expect(variables["OMP_NUM_THREADS"] == "3")
    #expect(variables["PYTHONPATH"] == nil)
    #expect(variables["HOME"] == "/home/me")
  }

  @Test("the drivers of all peers are there") func drivers() throws {
    let installation = try #require(PeerInstallation.find(variables: [:]))
    for engine in EngineName.allCases where engine != .native {
      #expect(SystemFile.exists("\(installation.drivers)/\(engine.driver)"), "\(engine)")
      if let conversion = engine.conversion {
        #expect(SystemFile.exists("\(installation.drivers)/\(conversion.script)"), "\(engine)")
      }
    }
  }
}

@Suite struct IdleCheckTests {
  @Test("an idle machine is seen at once; a busy one is reported after the patience") func waits() throws {
    let idle = try #require(IdleCheck(patience: 60, busySeconds: { 100 }).run())
    #expect(idle.busyProcessors == 0 && idle.waited < 60)
    var busy = 0.0
    let load = try #require(
      IdleCheck(patience: 0) {
        busy += 1000
        return busy
      }.run())
    #expect(load.busyProcessors > 1)
    #expect(IdleCheck(busySeconds: { nil }).run() == nil)
  }
}

@Suite struct LineBufferTests {
  @Test("lines come whole however they arrive") func pieces() {
    var buffer = LineBuffer(limit: 100)
    buffer.append(Array("one\ntw".utf8)[...])
    #expect(buffer.take() == .line("one"))
    #expect(buffer.take() == nil)
    buffer.append(Array("o\n\nrest".utf8)[...])
    #expect(buffer.take() == .line("two"))
    #expect(buffer.take() == .line(""))
    #expect(buffer.take() == nil)
    buffer.close()
    #expect(buffer.take() == .line("rest"))
    #expect(buffer.take() == nil)
  }

  @Test("a tail keeps the end") func tail() {
    var tail = TailBuffer(limit: 5)
    tail.append(Array("abc".utf8)[...])
    #expect(tail.text == "abc")
    tail.append(Array("defghijk".utf8)[...])
    #expect(tail.text == "ghijk")
  }
}
