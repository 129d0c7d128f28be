import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct ModelCacheTests {
  private let folder: TemporaryFolder
  private let progress = Progress(sink: MemorySink())

  init() throws { folder = try TemporaryFolder() }

  private func cache(limit: Int = 1 << 30) -> ModelCache { ModelCache(root: folder.path, sizeLimit: limit) }

  private func sweep(seed: UInt64 = 7) -> Sweep {
    var sweep = Sweep.example()
    sweep.seed = seed
    return sweep
  }

  @Test("a model is written once and found again; another seed or dtype is another model") func once() throws {
    let first = try cache().checkpoint(of: sweep(), progress: progress)
    #expect(FileManager.default.fileExists(atPath: first.checkpoint + "/config.json"))
    let weights = first.checkpoint + "/model.safetensors"
    let time = FileTree.modificationTime(weights)
    #expect(try cache().checkpoint(of: sweep(), progress: progress).checkpoint == first.checkpoint)
    #expect(FileTree.modificationTime(weights) == time)
    #expect(try cache().checkpoint(of: sweep(seed: 8), progress: progress).folder != first.folder)
    var half = sweep()
    half.modelDType = .fp16
    #expect(try cache().checkpoint(of: half, progress: progress).folder != first.folder)
    // The grid and the number of calls decide nothing about the weights.
    var longer = sweep()
    longer.batchSizes = [64]
    longer.batchCount = 99
    #expect(try cache().checkpoint(of: longer, progress: progress).folder == first.folder)
  }

  @Test("a user's checkpoint is read where it lies, and is another model once a file in it changes") func users() throws
  {
    let users = try TemporaryFolder()
    try users.write("{}", to: "config.json")
    var sweep = sweep()
    sweep.model = .checkpoint(folder: users.path)
    let first = try cache().checkpoint(of: sweep, progress: progress)
    #expect(first.checkpoint == users.path)
    try users.write("{ }", to: "config.json")
    #expect(try cache().checkpoint(of: sweep, progress: progress).folder != first.folder)
  }

  @Test("a conversion is made once; one that fails leaves nothing and is tried again") func conversion() throws {
    struct Broken: Error {}
    let entry = try cache().checkpoint(of: sweep(), progress: progress)
    let before = Set(try #require(FileTree.names(in: entry.folder)))
    #expect(throws: Broken.self) {
      try cache().converted(entry, to: "model.gguf") { path in
        try "half".write(toFile: path, atomically: false, encoding: .utf8)
        throw Broken()
      }
    }
    #expect(Set(try #require(FileTree.names(in: entry.folder))) == before)
    var calls = 0
    for _ in 0..<2 {
      let path = try cache().converted(entry, to: "model.gguf") { path in
        calls += 1
        #expect(path.hasSuffix("model.gguf"))
        try "whole".write(toFile: path, atomically: false, encoding: .utf8)
      }
      #expect(SystemFile.text(path) == "whole")
    }
    #expect(calls == 1)
  }

  @Test("a conversion that has no room on the disk is not begun") func roomForConversion() throws {
    let entry = try cache().checkpoint(of: sweep(), progress: progress)
    let error = #expect(throws: InputError.self) {
      try cache().converted(entry, to: "model.gguf", size: .max) { _ in Issue.record("begun") }
    }
    #expect(error?.problem.contains("needs \(Int.max) bytes") == true)
  }

  @Test("what a run that was killed left half made is removed; a living run's is not") func abandoned() throws {
    let entry = try cache().checkpoint(of: sweep(), progress: progress)
    // No process has the largest number; this one's parent lives.
    let own = MakerMark.own
    let host = own[own.firstIndex(of: "@")!...]
    let dead = "\(entry.folder)/partial-\(Int32.max)\(host)-openvino"
    let living = "\(entry.folder)/partial-\(getppid())\(host)-openvino"
    for path in [dead, living] { try "x".write(toFile: path, atomically: false, encoding: .utf8) }
    _ = try cache().checkpoint(of: sweep(), progress: progress)
    #expect(!SystemFile.exists(dead) && SystemFile.exists(living))
  }

  @Test("a cache where no folder can be is an error that names the variable to set") func unwritable() throws {
    try folder.write("no folder", to: "file")
    let error = #expect(throws: InputError.self) {
      try ModelCache(root: folder.path + "/file", sizeLimit: 1 << 30).checkpoint(of: sweep(), progress: progress)
    }
    #expect(error.map { "\($0)" }?.contains("LLM_BENCH_CACHE") == true)
  }

  @Test("the model used longest ago makes room for a new one") func eviction() throws {
    let first = try cache().checkpoint(of: sweep(seed: 1), progress: progress)
    let second = try cache().checkpoint(of: sweep(seed: 2), progress: progress)
    let size = max(FileTree.byteCount(first.folder), FileTree.byteCount(second.folder))
    for (entry, age) in [(first, 100.0), (second, 200.0)] {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: entry.folder + "/description.txt")
    }
    // Used again, so that the first is now the older one no more.
    _ = try cache().checkpoint(of: sweep(seed: 2), progress: progress)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -50)], ofItemAtPath: second.folder + "/description.txt")
    try cache(limit: 2 * size + size / 2).makeRoom(for: size, keeping: folder.path + "/new")
    #expect(!SystemFile.exists(first.folder))
    #expect(SystemFile.exists(second.folder))
  }

  @Test("a model larger than the cache is refused with both sizes") func tooLarge() throws {
    let error = #expect(throws: InputError.self) {
      try cache(limit: 1000).checkpoint(of: sweep(), progress: progress)
    }
    #expect(error?.problem.contains("its limit is 1.00 kB") == true)
    #expect(error?.cure?.contains("LLM_BENCH_CACHE_GB=") == true)
  }

  @Test("the variables choose the folder and the limit", arguments: ["", "0", "-3", "many", "1e3"])
  func variables(text: String) throws {
    let cache = try ModelCache.standard(in: "x", variables: ["LLM_BENCH_CACHE": "y", "LLM_BENCH_CACHE_GB": "3"])
    #expect(cache.root == "y" && cache.sizeLimit == 3_000_000_000)
    #expect(try ModelCache.standard(in: "x", variables: [:]).root == "x/cache")
    #expect(throws: InputError.self) {
      try ModelCache.standard(in: "x", variables: ["LLM_BENCH_CACHE_GB": text])
    }
  }
}
