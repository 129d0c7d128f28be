#if arch(x86_64)
  // The header's _mm_pause is a declaration only, which nothing defines when it is not inlined.
  import Builtin

  /// See `ProbeKernels.Pause`.
  func pause() { Builtin.int_x86_sse2_pause() }
#else
  /// See `ProbeKernels.Pause`.
  func pause() {}
#endif
