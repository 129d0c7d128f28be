import KernelInterface
import KernelsPortable

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
  import KernelsAVX512BF16
  import Builtin
  import _Builtin_intrinsics.intel.cpuid
#endif

/// The sets of kernels that this processor can run, and the choice among them.
public enum InstructionSet {
  /// The environment variable that forces a set.
  public static let variable = "LLM_BENCH_ISA"

  /// The sets that this processor and operating system support, the largest first.
  public static let available: [KernelSet] = {
    #if arch(x86_64)
      let features = CPUFeatures.detect()
      var sets: [KernelSet] = []
      if features.avx512 && features.avx512BF16 { sets.append(avx512BF16Kernels) }
      if features.avx512 { sets.append(avx512Kernels) }
      if features.avx2 { sets.append(avx2Kernels) }
      return sets + [portableKernels]
    #else
      return [portableKernels]
    #endif
  }()

  /// The set called `name`, or the largest one when `name` is `nil` or empty.
  ///
  /// - Throws: `UnavailableInstructionSet` when this processor has no set of that name.
  public static func select(_ name: String?) throws(UnavailableInstructionSet) -> KernelSet {
    guard let name, !name.isEmpty else { return available[0] }
    guard let set = available.first(where: { $0.name == name }) else {
      throw UnavailableInstructionSet(name: name, available: available.map(\.name))
    }
    return set
  }
}

/// A set of kernels was asked for that the processor cannot run or that does not exist.
public struct UnavailableInstructionSet: Error, CustomStringConvertible {
  public let name: String
  public let available: [String]

  public var description: String {
    // Control characters would rewrite the terminal.
    let shown = name.unicodeScalars.prefix(80).map { $0.escaped(asASCII: true) }.joined()
    return "\(InstructionSet.variable): this machine has no instruction set '\(shown)'\n"
      + "  Use one of: \(available.joined(separator: ", ")); or unset the variable to get the first of them."
  }
}

#if arch(x86_64)
  /// What the processor can execute and the operating system saves on a context switch.
  struct CPUFeatures {
    var avx2 = false
    /// AVX-512 F, BW, CD, DQ, VL and VNNI: what the set's target is compiled for.
    var avx512 = false
    var avx512BF16 = false

    static func detect() -> CPUFeatures {
      var features = CPUFeatures()
      var a: UInt32 = 0
      var b: UInt32 = 0
      var c: UInt32 = 0
      var d: UInt32 = 0
      guard __get_cpuid_count(1, 0, &a, &b, &c, &d) != 0 else { return features }
      let hasStateSaving = c & (1 << 27) != 0
      let hasFMAAndF16C = c & (1 << 12) != 0 && c & (1 << 29) != 0 && c & (1 << 28) != 0
      guard hasStateSaving, hasFMAAndF16C else { return features }
      let saved = UInt64(Builtin.int_x86_xgetbv(UInt32(0)._value))
      guard saved & 0x6 == 0x6, __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 else { return features }
      // AVX2, BMI1 and BMI2 make x86-64-v3 with what was seen above.
      features.avx2 = b & (1 << 5) != 0 && b & (1 << 3) != 0 && b & (1 << 8) != 0
      guard features.avx2, saved & 0xe6 == 0xe6 else { return features }
      let foundation = [16, 17, 28, 30, 31].allSatisfy { b & (1 << UInt32($0)) != 0 }
      features.avx512 = foundation && c & (1 << 11) != 0
      let subleaves = a
      guard subleaves >= 1, __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 else { return features }
      features.avx512BF16 = a & (1 << 5) != 0
      return features
    }
  }
#endif
