import Tensor
import Testing
import Transformer

@testable import KernelCases

@Suite("The list of cases")
struct KernelSuiteTests {
  /// A model so small that cold operands are quick to make, on a machine with small caches.
  static func suite(_ change: (inout ModelConfiguration) -> Void = { _ in }) -> KernelSuite {
    var configuration = ModelConfiguration(
      vocabularySize: 80, modelWidth: 48, layerCount: 1, headCount: 4, feedForwardWidth: 100, maximumSequenceLength: 33)
    change(&configuration)
    return KernelSuite(
      configuration: configuration, threads: 2,
      context: KernelContext(
        kernels: InstructionSet.available[0], caches: CacheSizes(l1: 4 << 10, l2: 32 << 10, l3: 256 << 10)))
  }

  @Test("no two cases have the same name")
  func namesAreUnique() {
    let names = Self.suite().cases.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test("every group has cases")
  func groupsAreComplete() {
    let groups = Set(Self.suite().cases.map(\.group))
    #expect(groups == Set(KernelGroup.allCases))
  }

  @Test("the products of a block have the shapes of its weights")
  func linearShapes() {
    let suite = Self.suite {
      $0.keyValueHeadCount = 2
      $0.feedForward = .glu
    }
    func shape(_ kernel: String) -> [Int]? { suite.cases.first { $0.kernel == kernel }.map { [$0.n, $0.k] } }
    #expect(shape("gemm.qkv.cold") == [48 + 2 * 24, 48])
    #expect(shape("gemm.out.cold") == [48, 48])
    #expect(shape("gemm.up.cold") == [200, 48])
    #expect(shape("gemm.down.cold") == [48, 100])
    #expect(shape("gemv.logits.cold") == [80, 48])
  }

  @Test("a product's work is two operations for each weight and row, and its weights' bytes")
  func productWork() throws {
    let kernel = try #require(
      Self.suite().cases.first { $0.kernel == "gemm.out.cold" && $0.dtype == .bf16 && $0.m == 128 })
    #expect(kernel.work.flops == 2 * 128 * 48 * 48)
    #expect(kernel.work.bytes == 2 * 48 * 48)
    #expect(kernel.work.arithmetic == .bf16)
    #expect(kernel.work.level == .memory)
  }

  @Test("hot operands come from the cache that holds them, and there are none where no cache does")
  func hotOperands() {
    let small = Self.suite().cases.filter { $0.kernel == "gemm.out.hot" && $0.dtype == .fp32 }
    #expect(small.contains { $0.work.level == .l2 })
    let large = Self.suite { $0.feedForwardWidth = 4096 }.cases
    #expect(!large.contains { $0.kernel == "gemm.up.hot" && $0.dtype == .fp32 })
    #expect(large.contains { $0.kernel == "gemm.up.cold" && $0.dtype == .fp32 })
  }

  @Test("every case runs, and its calls allocate nothing", arguments: KernelGroup.allCases)
  func casesRun(group: KernelGroup) throws {
    let suite = Self.suite()
    for kernel in suite.cases where kernel.group == group {
      // Depths are those of real caches whatever the model; the small ones show all that there is to see.
      if max(kernel.m, kernel.n) > 1024 && group != .conversion { continue }
      let run = try kernel.prepare(in: suite.context)
      run.call()
      let allocations = KernelAllocations.count(in: suite.context.workers(kernel.threads)) {
        for _ in 0..<3 { run.call() }
      }
      #expect(allocations ?? 0 == 0, "\(kernel.name)")
    }
  }

  @Test("a filter is a part of a name; one that matches nothing, or is no expression, is an error")
  func filters() throws {
    let suite = Self.suite()
    #expect(try suite.cases(matching: "").count == suite.cases.count)
    #expect(try suite.cases(matching: "softmax").allSatisfy { $0.group == .softmax })
    #expect(throws: InputError.self) { try suite.cases(matching: "nothing is called so") }
    #expect(throws: InputError.self) { try suite.cases(matching: "(") }
  }

  @Test("operands that cannot fit in memory are refused before they are made")
  func refusesHugeOperands() throws {
    let suite = Self.suite { $0.vocabularySize = 1 << 40 }
    let kernel = try #require(suite.cases.first { $0.kernel == "gemv.logits.cold" })
    #expect(throws: InputError.self) { try kernel.prepare(in: suite.context) }
  }
}
