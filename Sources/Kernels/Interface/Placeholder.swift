// The kernels of this set.
