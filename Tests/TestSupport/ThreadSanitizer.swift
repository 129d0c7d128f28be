#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What some tests cannot be run under.
public enum ThreadSanitizer {
  /// Whether this program was built with it.
  public static let isPresent = dlsym(dlopen(nil, RTLD_NOW), "__tsan_init") != nil
}
