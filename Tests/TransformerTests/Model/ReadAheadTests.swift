import Foundation
import KernelInterface
import Tensor
import Testing

@testable import Transformer

/// Random weights that note which rows were announced before they were read.
private final class AnnouncedSource: WeightSource {
  private let weights: RandomWeights
  /// Of what follows; a lock that the thread sanitizer sees.
  private let lock = NSLock()
  /// By tensor: how often each row was announced.
  nonisolated(unsafe) private(set) var announced: [String: [Int]] = [:]
  /// Tensors with rows that were read before that.
  nonisolated(unsafe) private(set) var unannounced: Set<String> = []

  init(_ configuration: ModelConfiguration) {
    weights = RandomWeights(configuration: configuration, seed: 1, standardDeviation: 0.1)
  }

  func shape(of name: String) -> [Int]? { weights.shape(of: name) }

  func willRead(_ name: String, rows: Range<Int>) {
    lock.withLock {
      var counts = announced[name] ?? Array(repeating: 0, count: shape(of: name)![0])
      for row in rows { counts[row] += 1 }
      announced[name] = counts
    }
  }

  func read(_ name: String, rows: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
    lock.withLock {
      if !rows.allSatisfy({ announced[name]?[$0] == 1 }) { unannounced.insert(name) }
    }
    weights.read(name, rows: rows, into: destination)
  }

  func release(_ name: String) {}
}

/// The system is told what will be read next, for two threads that read one file by turns hide it.
@Suite("Reading ahead")
struct ReadAheadTests {
  @Test("every row of every matrix and table is announced once, before it is read", arguments: [false, true])
  func announced(storesInputsFirst: Bool) throws {
    var configuration = ModelConfiguration(
      vocabularySize: 333, modelWidth: 40, layerCount: 2, headCount: 4, keyValueHeadCount: 2, feedForwardWidth: 70,
      maximumSequenceLength: 16)
    configuration.position = .learned
    configuration.storesInputsFirst = storesInputsFirst
    let source = AnnouncedSource(configuration)
    let workers = Workers(threads: 2, kernels: InstructionSet.available[0])
    _ = try Model(
      configuration: configuration, source: source, dtype: .fp32, kernels: InstructionSet.available[0],
      workers: workers)
    let matrices = configuration.tensors.filter { $0.shape.count == 2 }
    #expect(Set(source.announced.keys) == Set(matrices.map(\.name)))
    for tensor in matrices {
      #expect(source.announced[tensor.name] == Array(repeating: 1, count: tensor.shape[0]), "\(tensor.name)")
    }
    let vectors = configuration.tensors.filter { $0.shape.count == 1 }.map(\.name)
    #expect(source.unannounced == Set(vectors), "vectors are small")
  }

  @Test("bytes of a mapped file are asked for without harm, wherever they begin and end")
  func mappedFile() throws {
    let folder = try CheckpointTestFolder()
    let content = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    let path = try folder.write("bytes", content)
    let file = try MappedFile(path: path)
    for range in [0..<0, 0..<300_000, 4095..<4097, 131_071..<262_145, 299_999..<300_000] {
      file.willRead(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
    }
    #expect(Array(file.bytes) == content)
  }
}
