import KernelInterface

/// Kernels for x86-64-v4 with VNNI.
public let avx512Kernels = sharedKernelSet(name: "avx512")
