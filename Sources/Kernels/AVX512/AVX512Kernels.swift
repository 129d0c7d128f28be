import KernelInterface
import _Builtin_intrinsics.intel

private func pause() { _mm_pause() }

/// Kernels for x86-64-v4 with VNNI.
public let avx512Kernels = sharedKernelSet(name: "avx512", pause: pause)
