#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The operating system's release, from uname.
func kernelRelease() -> String {
  var names = utsname()
  guard uname(&names) == 0 else { return "unknown" }
  return withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// The processors that the system runs.
func onlineProcessors() -> Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

/// The processor's name where there is no /proc/cpuinfo.
func platformProcessorName() -> String {
  #if canImport(Darwin)
    var size = 0
    guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0, size > 0 else { return "unknown" }
    var name = [UInt8](repeating: 0, count: size)
    guard sysctlbyname("machdep.cpu.brand_string", &name, &size, nil, 0) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
  #else
    return "unknown"
  #endif
}

/// The load averages over 1, 5 and 15 minutes; empty when unknown.
func loadAverages() -> [Double] {
  var loads = [Double](repeating: 0, count: 3)
  let count = getloadavg(&loads, 3)
  return Array(loads.prefix(max(0, Int(count))))
}
