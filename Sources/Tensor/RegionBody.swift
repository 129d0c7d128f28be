/// The function of a region, as the helpers see it: a closure that lives on the stack of the thread that called `run`.
///
/// Swift keeps such a closure from being stored, and its way around, `withoutActuallyEscaping`, allocates a context for
/// each region. A function value is two words, code and context, in every Swift calling convention; here they are kept
/// as such and given back to a function that takes the closure. Nothing is retained: it is valid while `run` waits.
struct RegionBody {
  private var code: UnsafeRawPointer
  private var context: UnsafeRawPointer?

  // The same function under two types: one with the closure, one with its two words. They are wrapped in structures
  // because a function that is passed as a generic value is given another calling convention.
  private struct WithClosure {
    let body: ((Worker) -> Void, Worker) -> Void
  }
  private struct WithWords {
    let body: (RegionBody, Worker) -> Void
  }
  private struct StartWithWords {
    let body: (RegionBody, Team) -> Void
  }
  private struct StartWithClosure {
    let body: ((Worker) -> Void, Team) -> Void
  }

  /// Runs `body` as the team's next region.
  @inline(never) static func start(_ body: (Worker) -> Void, on team: Team) {
    let start = StartWithWords { words, team in team.run(words) }
    unsafeBitCast(start, to: StartWithClosure.self).body(body, team)
  }

  @inline(never) func callAsFunction(_ worker: Worker) {
    let call = WithClosure { body, worker in body(worker) }
    unsafeBitCast(call, to: WithWords.self).body(self, worker)
  }
}
