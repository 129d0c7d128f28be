#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// libFuzzer brings the main function, which calls these two.
// https://llvm.org/docs/LibFuzzer.html#fuzz-target

/// The environment variable that names the target.
private let variable = "FUZZ_TARGET"
/// Set once, before the first input.
nonisolated(unsafe) private var target = FuzzTarget.json

/// Chooses the target before the first input is run.
@_cdecl("LLVMFuzzerInitialize")
public func initializeFuzzer(
  _ count: UnsafeMutablePointer<CInt>?,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
  guard let name = getenv(variable), let chosen = FuzzTarget(rawValue: String(cString: name)) else {
    print("error: set \(variable) to one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))")
    exit(2)
  }
  target = chosen
  return 0
}

/// Runs one input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target.run(UnsafeRawBufferPointer(start: bytes, count: count))
  return 0
}
