import KernelInterface
import Tensor
import Testing

@Suite("Instruction sets")
struct InstructionSetTests {
  @Test("the largest set is taken unless one is named")
  func selection() throws {
    let names = InstructionSet.available.map(\.name)
    #expect(names.last == "portable")
    #expect(Set(names).count == names.count)
    #expect(try InstructionSet.select(nil).name == names[0])
    #expect(try InstructionSet.select("").name == names[0])
    for name in names { #expect(try InstructionSet.select(name).name == name) }
  }

  @Test(
    "a set that this machine lacks is an error that lists those it has",
    arguments: ["avx1024", "AVX2", " avx2", "neon9"])
  func unavailable(name: String) {
    let error = #expect(throws: UnavailableInstructionSet.self) { _ = try InstructionSet.select(name) }
    #expect(error?.description.contains("'\(name)'") == true)
    for set in InstructionSet.available { #expect(error?.description.contains(set.name) == true) }
  }

  @Test("a name that would rewrite the terminal is shown with its control characters escaped and cut")
  func hostileName() {
    let error = #expect(throws: UnavailableInstructionSet.self) {
      _ = try InstructionSet.select("\u{1b}[2J\u{9b}\r" + String(repeating: "x", count: 1000))
    }
    #expect(error?.description.contains(#"'\u{1B}[2J\u{009B}\r"#) == true)
    #expect((error?.description.count ?? 1000) < 300)
  }

  @Test(
    "only the sets with bf16 products have what feeds them, and all agree on their sizes",
    arguments: InstructionSet.available)
  func consistency(kernels: KernelSet) {
    #expect((kernels.matmul.bf16Pairs == nil) == (kernels.conversion.packRowBlockBF16 == nil))
    #expect((kernels.matmul.bf16Pairs == nil) == (kernels.probe.peakBF16 == nil))
    #expect((kernels.matmul.bf16Pairs != nil) == (kernels.name == "avx512bf16"))
    #expect([8, 16, 32].contains(kernels.panelWidth))
    #expect((1...12).contains(kernels.maximumTileRows))
  }

  @Test("the probes run and end", arguments: InstructionSet.available)
  func probes(kernels: KernelSet) throws {
    let storage = try Storage(byteCount: 1 << 16)
    for index in 0..<(1 << 14) { storage.base.storeBytes(of: 1, toByteOffset: 4 * index, as: Float.self) }
    #expect(kernels.probe.read(storage.base, 1 << 16) == 16384)
    #expect(kernels.probe.peakFP32(100).isFinite)
    #expect(kernels.probe.peakFP32OperationsPerIteration > 0)
    if let peak = kernels.probe.peakBF16 {
      #expect(peak(100).isFinite)
      #expect(kernels.probe.peakBF16OperationsPerIteration > 0)
    }
    kernels.probe.pause()
  }
}
