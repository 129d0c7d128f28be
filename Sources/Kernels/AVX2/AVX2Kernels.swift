import KernelInterface

/// Kernels for x86-64-v3: AVX2, FMA and F16C.
public let avx2Kernels = sharedKernelSet(name: "avx2")
