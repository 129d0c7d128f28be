/// Normalisation of one row of activations.
public struct NormalizationKernels: Sendable {
  /// out = (x − mean) / sqrt(variance + epsilon) · weight + bias; `out` may be `x`.
  public typealias Layer =
    @convention(c) (
      _ x: UnsafePointer<Float>, _ count: Int, _ epsilon: Float, _ weight: UnsafePointer<Float>,
      _ bias: UnsafePointer<Float>?, _ out: UnsafeMutablePointer<Float>
    ) -> Void
  /// out = x / sqrt(mean of squares + epsilon) · weight; `out` may be `x`.
  public typealias RootMeanSquare =
    @convention(c) (
      _ x: UnsafePointer<Float>, _ count: Int, _ epsilon: Float, _ weight: UnsafePointer<Float>,
      _ out: UnsafeMutablePointer<Float>
    ) -> Void

  public var layer: Layer
  public var rootMeanSquare: RootMeanSquare

  public init(layer: @escaping Layer, rootMeanSquare: @escaping RootMeanSquare) {
    self.layer = layer
    self.rootMeanSquare = rootMeanSquare
  }
}

/// Element by element, in place.
public struct ElementwiseKernels: Sendable {
  /// x[i] = f(x[i])
  public typealias Map = @convention(c) (_ x: UnsafeMutablePointer<Float>, _ count: Int) -> Void
  /// x[i] = f(x[i], y[i])
  public typealias Zip =
    @convention(c) (_ x: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) -> Void
  /// x[i] = f(x[i], parameter)
  public typealias Parametric =
    @convention(c) (_ x: UnsafeMutablePointer<Float>, _ parameter: Float, _ count: Int) -> Void
  /// Rotates the pairs (x[i], x[i + half]), or (x[2i], x[2i + 1]), by the angles whose cosines and sines are given,
  /// [half] each.
  public typealias Rotate =
    @convention(c) (
      _ x: UnsafeMutablePointer<Float>, _ cosines: UnsafePointer<Float>, _ sines: UnsafePointer<Float>, _ half: Int
    ) -> Void
  /// out[i] = factor · x[i]
  public typealias ScaledCopy =
    @convention(c) (
      _ x: UnsafePointer<Float>, _ factor: Float, _ out: UnsafeMutablePointer<Float>, _ count: Int
    ) -> Void
  /// The index of the first largest element.
  public typealias Search = @convention(c) (_ x: UnsafePointer<Float>, _ count: Int) -> Int

  /// x · Φ(x), Φ by the error function
  public var gelu: Map
  /// x / 2 · (1 + tanh(sqrt(2 / π) · (x + 0.044715 x³)))
  public var geluTanh: Map
  /// x · sigmoid(1.702 x)
  public var geluQuick: Map
  /// x · sigmoid(x)
  public var silu: Map
  public var relu: Map
  public var softmax: Map
  public var add: Zip
  public var multiply: Zip
  public var scale: Parametric
  /// Limits to ± parameter.
  public var clamp: Parametric
  /// parameter · tanh(x / parameter)
  public var softcap: Parametric
  public var scaledCopy: ScaledCopy
  /// Pairs half a row apart.
  public var rotate: Rotate
  /// Pairs of neighbours.
  public var rotateNeighbours: Rotate
  public var indexOfMaximum: Search

  public init(
    gelu: @escaping Map, geluTanh: @escaping Map, geluQuick: @escaping Map, silu: @escaping Map, relu: @escaping Map,
    softmax: @escaping Map, add: @escaping Zip, multiply: @escaping Zip, scale: @escaping Parametric,
    clamp: @escaping Parametric, softcap: @escaping Parametric, scaledCopy: @escaping ScaledCopy,
    rotate: @escaping Rotate, rotateNeighbours: @escaping Rotate, indexOfMaximum: @escaping Search
  ) {
    self.gelu = gelu
    self.geluTanh = geluTanh
    self.geluQuick = geluQuick
    self.silu = silu
    self.relu = relu
    self.softmax = softmax
    self.add = add
    self.multiply = multiply
    self.scale = scale
    self.clamp = clamp
    self.softcap = softcap
    self.scaledCopy = scaledCopy
    self.rotate = rotate
    self.rotateNeighbours = rotateNeighbours
    self.indexOfMaximum = indexOfMaximum
  }
}

/// Random numbers from a counter.
public struct RandomKernels: Sendable {
  /// Fills `out` with normal(0, standard deviation) deviates that depend on the key and the index alone.
  public typealias Normal =
    @convention(c) (
      _ keyLow: UInt32, _ keyHigh: UInt32, _ standardDeviation: Float, _ out: UnsafeMutablePointer<Float>,
      _ count: Int
    ) -> Void

  public var normal: Normal

  public init(normal: @escaping Normal) {
    self.normal = normal
  }
}

/// What measures the machine itself.
public struct ProbeKernels: Sendable {
  /// Runs `iterations` x `operationsPerIteration` floating-point operations in registers; the result keeps them alive.
  public typealias Peak = @convention(c) (_ iterations: Int) -> Float
  /// Reads `bytes` (a multiple of 1024) once, front to back.
  public typealias Read = @convention(c) (_ p: UnsafeRawPointer, _ bytes: Int) -> Float
  /// Tells the processor that the caller spins.
  public typealias Pause = @convention(c) () -> Void

  public var peakFP32: Peak
  public var peakFP32OperationsPerIteration: Int
  /// `nil` where the hardware multiplies no bf16.
  public var peakBF16: Peak?
  public var peakBF16OperationsPerIteration: Int
  public var read: Read
  public var pause: Pause

  public init(
    peakFP32: @escaping Peak, peakFP32OperationsPerIteration: Int, peakBF16: Peak? = nil,
    peakBF16OperationsPerIteration: Int = 0, read: @escaping Read, pause: @escaping Pause
  ) {
    self.peakFP32 = peakFP32
    self.peakFP32OperationsPerIteration = peakFP32OperationsPerIteration
    self.peakBF16 = peakBF16
    self.peakBF16OperationsPerIteration = peakBF16OperationsPerIteration
    self.read = read
    self.pause = pause
  }
}
