import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct ResultsFileTests {
  private let first = TrialResult.example(number: 1).line
  private let second = TrialResult.refusedExample(number: 2).line

  @Test("rows that were appended are read back") func roundTrip() throws {
    let folder = try TemporaryFolder()
    do {
      let file = try ResultsFile(folder: folder.path, keepsRows: false)
      try file.append(first)
      try file.append(second)
    }
    let file = try ResultsFile(folder: folder.path, keepsRows: true)
    #expect(file.rows.map(\.line) == [first, second])
    #expect(file.note == nil)
    #expect(try folder.text("results.jsonl") == first + "\n" + second + "\n")
  }

  @Test("a torn last line is cut off at whatever byte it ends", arguments: [1, 2, 40, 400]) func torn(length: Int)
    throws
  {
    let folder = try TemporaryFolder()
    try folder.write(first + "\n" + second.prefix(length), to: "results.jsonl")
    let file = try ResultsFile(folder: folder.path, keepsRows: true)
    #expect(file.rows.map(\.number) == [1])
    #expect(file.note?.contains("torn last line (\(length) bytes)") == true)
    try file.append(second)
    #expect(try folder.text("results.jsonl") == first + "\n" + second + "\n")
  }

  @Test("a last line without its end is torn even when it is whole JSON") func tornAtTheEnd() throws {
    let folder = try TemporaryFolder()
    try folder.write(first + "\n" + second, to: "results.jsonl")
    #expect(try ResultsFile(folder: folder.path, keepsRows: true).rows.count == 1)
  }

  @Test("zeros that a crash left behind are cut off") func zeros() throws {
    let folder = try TemporaryFolder()
    try folder.write(first + "\n\0\0\0\0\n", to: "results.jsonl")
    #expect(try ResultsFile(folder: folder.path, keepsRows: true).rows.count == 1)
    #expect(try folder.text("results.jsonl") == first + "\n")
  }

  @Test(
    "what no run has written is an error that changes nothing, at the end of the file too",
    arguments: [
      "precious\n", "precious", "{\"my\":\"data\"}\n", "{\"name\":\"x\"}\n", "{\"name\":\"x\n", "\n", "[1, 2]",
      String(repeating: "[", count: 1000), "{\"nome\":\"x",
    ])
  func foreign(text: String) throws {
    for text in [text, first + "\n" + text] {
      let folder = try TemporaryFolder()
      try folder.write(text, to: "results.jsonl")
      let error = #expect(throws: InputError.self) { try ResultsFile(folder: folder.path, keepsRows: true) }
      #expect(error?.description.contains(text.hasPrefix(first) ? "results.jsonl:2" : "results.jsonl:1") == true)
      #expect(error?.cure?.contains("--output") == true)
      #expect(try folder.text("results.jsonl") == text)
    }
  }

  @Test("a row without a time is an error", arguments: ["null", "0", "-1", "1e400", "\"1\""])
  func impossibleTime(mean: String) throws {
    let folder = try TemporaryFolder()
    let mean = "\"latency_s\":{\"mean\":\(mean),"
    let text = first.replacing(/"latency_s":\{"mean":[^,]*,/, with: mean) + "\n"
    try #require(text != first + "\n")
    try folder.write(text, to: "results.jsonl")
    #expect(throws: InputError.self) { try ResultsFile(folder: folder.path, keepsRows: true) }
  }

  @Test("a broken line in the middle is an error that names it and changes nothing") func brokenMiddle() throws {
    let folder = try TemporaryFolder()
    let text = first + "\n{\"name\": \"x\"}\n" + second + "\n"
    try folder.write(text, to: "results.jsonl")
    let error = #expect(throws: InputError.self) { try ResultsFile(folder: folder.path, keepsRows: true) }
    #expect(error?.description.contains("results.jsonl:2") == true)
    #expect(try folder.text("results.jsonl") == text)
  }

  @Test("results are not overwritten") func existing() throws {
    let folder = try TemporaryFolder()
    try folder.write(first + "\n", to: "results.jsonl")
    let error = #expect(throws: InputError.self) { try ResultsFile(folder: folder.path, keepsRows: false) }
    #expect(error?.description.contains("--resume") == true)
    #expect(try folder.text("results.jsonl") == first + "\n")
  }

  @Test("two runs cannot write to one file") func locked() throws {
    let folder = try TemporaryFolder()
    let file = try ResultsFile(folder: folder.path, keepsRows: false)
    let error = #expect(throws: InputError.self) { try ResultsFile(folder: folder.path, keepsRows: true) }
    #expect(error?.description.contains("another run") == true)
    withExtendedLifetime(file) {}
  }

  @Test("a folder that cannot be created is an error with the system's words") func notAFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "file")
    let error = #expect(throws: InputError.self) {
      try ResultsFile(folder: folder.path + "/file/deeper", keepsRows: false)
    }
    #expect(error?.description.contains("errno") == true)
  }

  @Test("a results file that is a folder is an error") func fileIsFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "results.jsonl/inside")
    #expect(throws: InputError.self) { try ResultsFile(folder: folder.path, keepsRows: true) }
  }

  @Test("a run without a named folder gets a new one, and --resume finds the newest") func defaultFolders() throws {
    let root = try TemporaryFolder()
    func path(resume: Bool) throws -> String {
      try ResultsFolder.path(output: nil, benchmark: "a/../b", resume: resume, root: root.path)
    }
    #expect(throws: InputError.self) { try path(resume: true) }
    let first = try path(resume: false)
    #expect(first.hasPrefix(root.path + "/a_.._b/"))
    _ = try ResultsFile(folder: first, keepsRows: false)
    let second = try path(resume: false)
    #expect(second != first)
    _ = try ResultsFile(folder: second, keepsRows: false)
    #expect(try path(resume: true) == max(first, second))
  }

  @Test("a benchmark's name cannot lead out of the results folder", arguments: ["..", ".", "", "../../x", "/etc"])
  func hostileNames(name: String) {
    let safe = ResultsFolder.fileName(name)
    #expect(!safe.contains("/"))
    #expect(!safe.hasPrefix("."))
    #expect(!safe.isEmpty)
  }
}
