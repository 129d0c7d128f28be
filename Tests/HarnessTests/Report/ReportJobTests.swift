import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct ReportJobTests {
  private let folder: TemporaryFolder
  private let output = MemorySink()
  private let errors = MemorySink()

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(ExampleRow().line + "\n", to: "a/results.jsonl")
  }

  private func run(_ folders: [String], page: String? = nil) throws -> CommandStatus {
    try ReportJob(
      folders: folders.map { folder.path + "/" + $0 }, page: page, standardOutput: output, standardError: errors
    ).run()
  }

  @Test("without a page the report goes to standard output") func text() throws {
    #expect(try run(["a"]) == .done)
    #expect(output.text.hasPrefix("## a\n"))
    #expect(errors.text.isEmpty)
  }

  @Test("with a page standard output stays empty, and the page is whole") func page() throws {
    #expect(try run(["a"], page: folder.path + "/report.html") == .done)
    #expect(output.text.isEmpty)
    let page = try folder.text("report.html")
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a", "report.html"])
  }

  @Test("a page replaces an earlier page, and nothing else") func replaces() throws {
    for _ in 0..<2 { #expect(try run(["a"], page: folder.path + "/report.html") == .done) }
    for path in [folder.path + "/a/results.jsonl", folder.path + "/a", "/dev/null"] {
      #expect(throws: InputError.self) { try run(["a"], page: path) }
    }
    #expect(try folder.text("a/results.jsonl") == ExampleRow().line + "\n")
    try folder.write("<!DOCTYPE html><p>precious", to: "mine.html")
    #expect(throws: InputError.self) { try run(["a"], page: folder.path + "/mine.html") }
    #expect(try folder.text("mine.html") == "<!DOCTYPE html><p>precious")
  }

  @Test("a page that cannot be written is an error", arguments: ["", "x/y.html", "a/"])
  func unwritable(name: String) throws {
    let path = name.isEmpty ? "" : folder.path + "/" + name
    #expect(throws: InputError.self) { try run(["a"], page: path) }
  }
}
