/// What a session recorded of its forward passes, as worker 0 saw them.
public struct ForwardProfile: Sendable, Equatable {
  /// In the order in which they ran.
  public var passes: [Pass] = []
  /// Passes that found no room in the log.
  public var droppedPasses = 0

  public init() {}

  /// One forward pass.
  public struct Pass: Sendable, Equatable {
    public var shape: PassShape
    /// Nanoseconds of the monotonic clock when the pass began.
    public var start: UInt64
    /// Without a gap: each step begins where the one before it ended, the first at `start`.
    public var steps: [Step]

    public init(shape: PassShape, start: UInt64, steps: [Step]) {
      self.shape = shape
      self.start = start
      self.steps = steps
    }

    /// When the last step ended.
    public var end: UInt64 { steps.last?.end ?? start }
  }

  /// One operation of a pass.
  public struct Step: Sendable, Equatable {
    public var operation: ForwardOperation
    /// The layer's number; `nil` outside layers.
    public var layer: Int?
    /// When worker 0 had done its part, in nanoseconds of the monotonic clock.
    public var workEnd: UInt64
    /// When all workers had done theirs and the next step could begin.
    public var end: UInt64

    public init(operation: ForwardOperation, layer: Int?, workEnd: UInt64, end: UInt64) {
      self.operation = operation
      self.layer = layer
      self.workEnd = workEnd
      self.end = end
    }
  }
}

/// How much a forward pass had to do.
public struct PassShape: Sendable, Equatable {
  /// Tokens.
  public var rows: Int
  /// Rows whose logits were wanted.
  public var logitRows: Int
  /// Pairs of a query and a key that it sees, summed over the rows: for one head of one layer.
  public var visibleKeys: Int
  /// Slots of keys that attention had to read at least once, summed over the sequences: for one head of one layer.
  public var keySlots: Int

  public init(rows: Int, logitRows: Int, visibleKeys: Int, keySlots: Int) {
    self.rows = rows
    self.logitRows = logitRows
    self.visibleKeys = visibleKeys
    self.keySlots = keySlots
  }
}
