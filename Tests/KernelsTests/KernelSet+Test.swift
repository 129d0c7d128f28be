import KernelInterface
import Tensor
import Testing

extension KernelSet: CustomTestStringConvertible {
  public var testDescription: String { name }
}

/// The kernels that this processor runs: every test here is repeated for each.
let sets = InstructionSet.available
