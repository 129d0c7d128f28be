import Tensor

/// Attribution of a forward pass's time to its operations.
extension Session {
  /// Records every later pass, up to `passes` of them between two calls of `takeProfile`.
  ///
  /// Memory for the log (320 bytes for each layer of a pass) is allocated here and nowhere later. A step costs two
  /// clock readings, about 50 ns.
  public func startProfiling(passes: Int) {
    stopProfiling()
    let log = UnsafeMutablePointer<StepLog>.allocate(capacity: 1)
    log.initialize(to: StepLog(layers: model.configuration.layerCount, passes: passes))
    stepLog = log
  }

  /// Hands over what was recorded since the last call; empty when nothing is recorded.
  public func takeProfile() -> ForwardProfile { stepLog?.pointee.take() ?? ForwardProfile() }

  /// Ends recording and frees the log.
  public func stopProfiling() {
    guard let log = stepLog else { return }
    log.pointee.deallocate()
    log.deinitialize(count: 1)
    log.deallocate()
    stepLog = nil
  }

  /// Ends a step: waits for all workers, and takes the time before and after on worker 0.
  func finish(_ operation: ForwardOperation, of layer: Int = 0, _ worker: Worker) {
    guard let stepLog, worker.index == 0 else {
      worker.barrier()
      return
    }
    stepLog.pointee.workEnded(operation, layer: layer)
    worker.barrier()
    stepLog.pointee.stepEnded(operation, layer: layer)
  }

  /// Ends the last step of a pass, whose barrier is the end of the region.
  func finishLast(_ operation: ForwardOperation, _ worker: Worker) {
    guard let stepLog, worker.index == 0 else { return }
    lastOperation = operation
    stepLog.pointee.workEnded(operation, layer: max(0, model.configuration.layerCount - 1))
  }

  func beginPass() {
    guard let stepLog else { return }
    lastOperation = nil
    stepLog.pointee.beginPass(passShape)
  }

  func endPass() {
    guard let stepLog, let lastOperation else { return }
    stepLog.pointee.stepEnded(lastOperation, layer: max(0, model.configuration.layerCount - 1))
  }

  private var passShape: PassShape {
    var shape = PassShape(rows: chunk.rowCount, logitRows: chunk.logitCount, visibleKeys: 0, keySlots: 0)
    for index in 0..<chunk.segmentCount {
      let segment = chunk.segments[index]
      let end = segment.firstPosition + segment.count
      shape.keySlots += end - max(0, segment.firstPosition - attention.window + 1)
      // Position p sees min(p + 1, window) keys.
      let growing = max(0, min(end, attention.window) - segment.firstPosition)
      shape.visibleKeys += growing * segment.firstPosition + growing * (growing + 1) / 2
      shape.visibleKeys += (segment.count - growing) * attention.window
    }
    return shape
  }
}
