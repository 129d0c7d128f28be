import Tensor

/// What a region of parallel work costs when there is no work. m: workers, n and k: 1.
extension CaseBuilder {
  var workerRegions: [KernelCase] {
    let threads = team
    let barriers = 100
    func region(_ name: String, _ prepare: @escaping (KernelContext) throws -> KernelRun) -> KernelCase {
      KernelCase(
        group: .workers, kernel: name, dtype: .fp32, threads: threads, m: threads, n: 1, k: 1,
        work: KernelWork(flops: 0, bytes: 0, level: .l1), prepare: prepare)
    }
    return [
      // One after the other, so that the helpers still spin when the next begins.
      region("region.empty") { context in
        let workers = context.workers(threads)
        return KernelRun { workers.run { _ in } }
      },
      region("region.barrier") { context in
        let workers = context.workers(threads)
        return KernelRun(repetitions: barriers) {
          workers.run { worker in
            for _ in 0..<barriers { worker.barrier() }
          }
        }
      },
    ]
  }
}
