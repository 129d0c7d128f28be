import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct MergeMachinesTests {
  private let parts: MergeParts

  init() throws { parts = try MergeParts() }

  /// Trials 1 and 2 on one machine, 2 to 4 on another with more threads.
  private func writeTwoMachines() throws {
    for number in [1, 2] { try parts.write(parts.row(number), to: "parts/a\(number)") }
    for number in [2, 3, 4] {
      try parts.write(
        parts.row(number) {
          $0.identity.machine = "Other/Machine, 8 processors"
          $0.identity.threads = 8
        }, to: "parts/b\(number)")
    }
  }

  @Test("machines are kept apart, each with its own gaps") func apart() throws {
    try writeTwoMachines()
    let merged = try parts.merge("parts")
    #expect(merged.status == .failed)
    let folders = merged.output.split(separator: "\n").map(String.init)
    #expect(folders == ["Machine__2_processors", "Other_Machine__8_processors"].map { parts.path("out/" + $0) })
    #expect(try parts.rows("out/Machine__2_processors").map(\.number) == [1, 2])
    #expect(try parts.rows("out/Other_Machine__8_processors").map(\.number) == [2, 3, 4])
    #expect(!FileManager.default.fileExists(atPath: parts.path("out/results.jsonl")))
    #expect(merged.errors.contains("2 of 4 trials"))
    #expect(merged.errors.contains("missing: 1 any_1_128_8\n"))
    #expect(merged.errors.contains("--across-machines"))
    #expect(!merged.errors.contains("duplicate"))
  }

  @Test("across machines all rows make one file, and a trial that two of them measured is a duplicate") func across()
    throws
  {
    try writeTwoMachines()
    let merged = try parts.merge("parts") { $0.acrossMachines = true }
    #expect(merged.status == .done)
    #expect(merged.errors.contains("2 machines: 4 of 4 trials"))
    #expect(merged.errors.contains("duplicate: 2 any_1_128_16"))
    #expect(try parts.rows().map(\.identity.threads) == [2, 2, 8, 8])
  }

  @Test(
    "rows that no table should hold together are refused with both places",
    arguments: ["fingerprint", "dtype", "arithmetic_dtype", "kv_cache_dtype", "build", "threads", "isa"])
  func foreign(key: String) throws {
    try parts.write(parts.row(1), to: "parts/1")
    try parts.write(
      parts.row(2) {
        switch key {
        case "fingerprint": $0.identity.fingerprint = "other"
        case "dtype": $0.identity.dtype = "fp32"
        case "arithmetic_dtype": $0.identity.arithmeticDType = "fp32"
        case "kv_cache_dtype": $0.identity.kvCacheDType = "fp32"
        case "build": $0.identity.build = "release"
        case "threads": $0.identity.threads = 1
        default: $0.identity.instructionSet = "other"
        }
      }, to: "parts/2")
    let error = #expect(throws: InputError.self) { try parts.merge("parts") { $0.acrossMachines = true } }
    #expect(error?.path == [key])
    #expect(error?.file == parts.path("parts/2/results.jsonl") + ":1")
    #expect(error?.problem.contains(parts.path("parts/1/results.jsonl") + ":1") == true)
    #expect(!FileManager.default.fileExists(atPath: parts.path("out")))
  }

  @Test("machines whose names make the same folder name get folders of their own") func names() {
    #expect(MergedFolder.names(["A b", "A/b", "A_b", "c"]) == ["A_b", "A_b-2", "A_b-3", "c"])
    #expect(MergedFolder.names(["../..", ""]).allSatisfy { !$0.hasPrefix(".") && !$0.contains("/") && !$0.isEmpty })
  }
}
