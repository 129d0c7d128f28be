import Foundation
import Testing

@testable import Harness

/// The files that schedulers read, as they stand in the repository.
@Suite struct LauncherFileTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../launchers").standardized.path

  private static let files: [String] = {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".yaml") }.sorted()
  }()

  private static func tree(_ file: String) throws -> YAMLNode {
    let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
    return try #require(try YAMLParser.parse(text, in: SourceText(text, from: .file(path: file))))
  }

  @Test("there is a file for each platform that reads YAML") func present() {
    for platform in ["kubernetes", "mcli", "skypilot"] {
      #expect(Self.files.contains { $0.hasPrefix(platform + "/") })
    }
  }

  @Test("each is one well-formed mapping without repeated keys", arguments: files) func wellFormed(file: String) throws
  {
    #expect(try Self.tree(file).pairs?.isEmpty == false)
  }

  @Test("the sweep inside the MosaicML platform's run is one that can be run") func parameters() throws {
    let text = try String(contentsOfFile: Self.folder + "/mcli/trial.yaml", encoding: .utf8)
    let start = try #require(text.range(of: "\nparameters:\n")).upperBound
    // The section is the last one; its lines are a sweep file once they are moved to the margin.
    let sweep = text[start...].split(separator: "\n").map { $0.dropFirst(2) }.joined(separator: "\n")
    let parsed = try SweepFile.parse(Array(sweep.utf8), path: "parameters", overrides: []) { _ in nil }
    #expect(parsed.trials.count == 4)
  }
}
