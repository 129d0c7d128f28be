import Foundation
import Testing

@testable import Transformer

/// A folder that lives as long as a test.
final class CheckpointTestFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoint-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  /// A safetensors file of this header and as many data bytes.
  @discardableResult
  func safetensors(_ name: String = "model.safetensors", header: String, data: [UInt8]) throws -> String {
    try write(name, littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data)
  }

  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}

func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

func floatBytes(_ values: [Float]) -> [UInt8] {
  values.flatMap { littleEndian($0.bitPattern) }
}

extension CheckpointFolder {
  /// All of a tensor.
  func values(_ name: String) -> [Float] {
    let shape = shape(of: name)!
    var values = [Float](repeating: -1, count: shape.reduce(1, *))
    read(name, rows: 0..<(shape.first ?? 1), into: &values)
    return values
  }
}
