import CLibFuzzer
import Harness

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `fuzz TARGET [libFuzzer's options and folders …]`
@main struct Fuzz {
  /// A C function cannot carry the choice with it.
  nonisolated(unsafe) static var target = FuzzTarget.json

  static func main() {
    var arguments = CommandLine.arguments
    guard arguments.count > 1, let target = FuzzTarget(rawValue: arguments.remove(at: 1)) else {
      let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")
      try? DescriptorSink.standardError.write("usage: fuzz \(names) [OPTION …] [FOLDER …]\n")
      exit(2)
    }
    Self.target = target
    var count = Int32(arguments.count)
    // libFuzzer keeps and changes the array.
    var pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = .allocate(capacity: arguments.count + 1)
    for (index, argument) in arguments.enumerated() { pointers![index] = strdup(argument) }
    pointers![arguments.count] = nil
    exit(
      LLVMFuzzerRunDriver(&count, &pointers) { bytes, count in
        Fuzz.target.run(UnsafeRawBufferPointer(start: bytes, count: count))
        return 0
      })
  }
}
