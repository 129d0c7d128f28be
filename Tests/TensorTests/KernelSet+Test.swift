import KernelInterface
import Tensor
import Testing

extension KernelSet: CustomTestStringConvertible {
  public var testDescription: String { name }
}
