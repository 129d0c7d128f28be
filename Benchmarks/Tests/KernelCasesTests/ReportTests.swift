import Tensor
import Testing
import Transformer

@testable import KernelCases

@Suite("The report of kernels")
struct ReportTests {
  static func row(
    flops: Double = 4e6, bytes: Double = 1e6, bounds: [Double] = [3e-4, 1e-3, 5e-4]
  ) -> KernelRow {
    let context = KernelContext(kernels: InstructionSet.available[0])
    let kernel = KernelCase(
      group: .gemm, kernel: "gemm.<a>.cold", dtype: .bf16, threads: 1, m: 2, n: 3, k: 4,
      work: KernelWork(flops: flops, bytes: bytes, arithmetic: .fp32, level: .l1)
    ) { _ in KernelRun {} }
    return KernelRow(
      kernel, KernelMeasurement(samples: [3e-3, 1e-3, 2e-3], allocations: 0, bounds: bounds), instructionSet: "avx2",
      ceilings: KernelCeilings(context))
  }

  @Test("a row of JSON has exactly the keys of the contract, in its order")
  func jsonKeys() throws {
    let text = KernelRow.json([Self.row(), Self.row()])
    guard case .array(let rows) = try JSONParser().parse(text), case .object(let entries) = try #require(rows.first)
    else {
      Issue.record("not an array of objects: \(text)")
      return
    }
    #expect(rows.count == 2)
    #expect(
      entries.map(\.key) == [
        "kernel", "dtype", "isa", "threads", "m", "n", "k", "flops", "bytes", "seconds", "gflops", "gbytes_per_s",
        "fraction_of_ceiling",
      ])
    guard case .object(let seconds) = entries[9].value else {
      Issue.record("no object: \(entries[9])")
      return
    }
    #expect(seconds.map(\.key) == ["median", "min", "samples"])
  }

  @Test("rates follow from the median")
  func rates() {
    let row = Self.row()
    #expect(row.median == 2e-3)
    #expect(row.shortest == 1e-3)
    #expect(row.gflops == 4e6 / 2e-3 / 1e9)
    #expect(row.gigabytesPerSecond == 1e6 / 2e-3 / 1e9)
    #expect(row.fractionOfCeiling == 5e-4 / 2e-3)
  }

  @Test("work without arithmetic or traffic has neither rates nor a ceiling")
  func noWork() {
    let row = Self.row(flops: 0, bytes: 0, bounds: [])
    #expect(row.gflops == nil)
    #expect(row.gigabytesPerSecond == nil)
    #expect(row.fractionOfCeiling == nil)
    #expect(row.fractionOfBest == nil)
  }

  @Test("the picture has a point for each row with arithmetic and escapes their names")
  func picture() {
    let ceilings = [
      CeilingLine(name: "fp32 arithmetic", threads: 1, value: 1e11, unit: "GFLOP/s"),
      CeilingLine(name: "read memory", threads: 1, value: 3e10, unit: "GB/s"),
    ]
    let svg = RooflinePicture(title: "a & b", ceilings: ceilings).svg([Self.row(), Self.row(flops: 0)])
    #expect(svg.contains("gemm.&lt;a&gt;.cold"))
    #expect(svg.contains("a &amp; b"))
    #expect(svg.contains("1 cases; 1 without arithmetic"))
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test("a picture without points is still a picture")
  func emptyPicture() {
    let svg = RooflinePicture(title: "empty", ceilings: []).svg([])
    #expect(svg.hasSuffix("</svg>\n"))
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test("the table has a section for each group with rows and aligned columns")
  func table() {
    let table = KernelTable(
      title: "x.yaml", instructionSet: "avx2", processor: "some, 2 processors",
      caches: CacheSizes(l1: 1 << 15, l2: 1 << 20, l3: 1 << 25),
      ceilings: [CeilingLine(name: "fp32 arithmetic", threads: 1, value: 1e11, unit: "GFLOP/s")])
    let text = table.markdown([Self.row()])
    #expect(text.contains("## GEMM"))
    #expect(!text.contains("## GEMV"))
    #expect(text.contains("gemm.<a>.cold"))
  }
}
