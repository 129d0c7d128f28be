import Foundation
import Testing
import Transformer

@testable import Harness

@Suite struct ExportCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path + "/model").sorted()
  }

  @Test("an export writes a checkpoint, and no second one over it") func twice() throws {
    #expect(try Shell.run("$0 export tiny.yaml model", in: folder) == 0)
    #expect(try files() == ["config.json", "model.safetensors"])
    let before = try folder.text("model/config.json")
    #expect(try Shell.run("$0 export tiny.yaml model seed=9 2>errors", in: folder) == 2)
    #expect(try folder.text("errors").contains("exists already"))
    #expect(try folder.text("model/config.json") == before)
  }

  @Test("a folder that an export writes to is refused to another") func together() throws {
    let script = """
      $0 export tiny.yaml model model.d_model=2048 model.n_layers=2 2>errors & export=$!
      until ls model/*partial* || ! kill -0 $export; do sleep 0.01; done >/dev/null
      $0 export tiny.yaml model 2>second; status=$?
      kill -INT $export; wait $export; exit $status
      """
    #expect(try Shell.run(script, in: folder) == 2)
    #expect(try folder.text("second").contains("another export writes there"))
    #expect(try files().isEmpty)
  }

  @Test("an interrupted export leaves no file behind", arguments: [("INT", 130), ("TERM", 143), ("HUP", 129)])
  func interruption(signal: String, status: Int32) throws {
    // Large enough not to be complete before the signal comes.
    let script = """
      $0 export tiny.yaml model model.d_model=2048 model.n_layers=2 2>errors & export=$!
      until ls model/*partial* || ! kill -0 $export; do sleep 0.01; done >/dev/null
      kill -\(signal) $export; wait $export
      """
    #expect(try Shell.run(script, in: folder) == status)
    #expect(try folder.text("errors").contains("interrupted: nothing is left in model"))
    #expect(try files().isEmpty)
  }
}
