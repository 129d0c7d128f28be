#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// e^x in double precision, so that a sum over a large vocabulary loses nothing.
func exponential(_ x: Float) -> Double { exp(Double(x)) }
