import KernelInterface
import Tensor

/// Weights drawn from normal(0, standard deviation); norms are 1 and biases 0.
///
/// Every row's deviates depend on the seed, the tensor's name and the row's number alone, so the weights are the same
/// for any number of threads, any order of reading and any instruction set.
public struct RandomWeights: WeightSource {
  private let seed: UInt64
  private let standardDeviation: Float
  private let tensors: [String: TensorSpecification]
  private let fill: RandomKernels.Normal

  /// Weights of every tensor of the configuration; drawn when they are read.
  public init(
    configuration: ModelConfiguration, seed: UInt64, standardDeviation: Float,
    kernels: KernelSet = InstructionSet.available[0]
  ) {
    self.seed = seed
    self.standardDeviation = standardDeviation
    tensors = Dictionary(uniqueKeysWithValues: configuration.tensors.map { ($0.name, $0) })
    fill = kernels.random.normal
  }

  public func shape(of name: String) -> [Int]? { tensors[name]?.shape }

  public func read(_ name: String, rows: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
    guard let tensor = tensors[name] else { preconditionFailure("no tensor is called \(name)") }
    let columns = tensor.shape.dropFirst().reduce(1, *)
    if let constant = tensor.role.initialConstant {
      destination.update(repeating: constant, count: rows.count * columns)
      return
    }
    let key = splitMix(seed ^ fnv1a(name))
    for row in rows {
      let rowKey = splitMix(key &+ UInt64(row))
      fill(
        UInt32(truncatingIfNeeded: rowKey), UInt32(truncatingIfNeeded: rowKey >> 32), standardDeviation,
        destination + (row - rows.lowerBound) * columns, columns)
    }
  }

  public func release(_ name: String) {}
}

extension TensorRole {
  /// What an untrained norm or bias holds; `nil` for weights that are drawn.
  fileprivate var initialConstant: Float? {
    switch self {
    case .embedding, .position, .outputProjection: nil
    case .attentionNorm(let part), .queryNorm(let part), .keyNorm(let part), .feedForwardNorm(let part),
      .finalNorm(let part):
      part == .weight ? 1 : 0
    case .queryKeyValue(let part), .query(let part), .key(let part), .value(let part), .attentionOutput(let part),
      .up(let part), .gate(let part), .down(let part):
      part == .weight ? nil : 0
    }
  }
}

/// The 64-bit FNV-1a hash of a string's UTF-8 bytes.
private func fnv1a(_ text: String) -> UInt64 {
  text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

/// SplitMix64's output function (Steele, Lea and Flood 2014).
private func splitMix(_ x: UInt64) -> UInt64 {
  var z = x &+ 0x9e37_79b9_7f4a_7c15
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}
