import KernelInterface

#if arch(x86_64)
  import _Builtin_intrinsics.intel

  private func pause() { _mm_pause() }
#else
  private func pause() {}
#endif

/// Kernels for the platform's baseline: SSE2 on x86-64, NEON on arm64.
public let portableKernels = sharedKernelSet(name: "portable", pause: pause)
