import KernelInterface

/// Kernels for the platform's baseline: SSE2 on x86-64, NEON on arm64.
public let portableKernels = sharedKernelSet(name: "portable")
