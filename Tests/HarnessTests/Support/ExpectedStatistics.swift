import Foundation
import Testing
import Transformer

@testable import Harness

/// What numpy and scipy say, from Tests/Fixtures/make_statistics.py.
struct ExpectedStatistics {
  private let root: ConfigurationValue

  init(file: String = #filePath) throws {
    let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = tests.appendingPathComponent("Fixtures/statistics/expected.json").path
    root = try JSONParser(file: path).parse(String(contentsOfFile: path, encoding: .utf8))
  }

  func cases(_ name: String) throws -> [ConfigurationValue] { try #require(root[name]?.arrayValue) }
}

extension ConfigurationValue {
  func number(_ key: String) throws -> Double { try #require(self[key]?.doubleValue) }
  func numbers(_ key: String) throws -> [Double] {
    let values = try #require(self[key]?.arrayValue)
    return values.compactMap(\.doubleValue)
  }
}
