import KernelInterface
import _Builtin_intrinsics.intel

private func pause() { _mm_pause() }

/// Kernels for x86-64-v3: AVX2, FMA and F16C.
public let avx2Kernels = sharedKernelSet(name: "avx2", pause: pause)
