#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Threads of the system's own, for work that never yields its thread.
///
/// A Dispatch queue would serve but for its pool: it runs at most 255 threads, and work beyond that is never begun while
/// the others spin. Machines with more processors exist, and a team that lacks a worker would wait for it for ever.
public enum HelperThread {
  /// Enough for the deepest call of a region; the default of 8 MB would count against an address-space limit.
  private static let stackBytes = 1 << 20

  /// Runs `body` on a new thread, which inherits the caller's blocked signals. `false` when the system refuses.
  public static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return false }
    defer { pthread_attr_destroy(&attributes) }
    // Without effect where the platform asks for more.
    _ = pthread_attr_setstacksize(&attributes, stackBytes)
    guard pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED)) == 0 else { return false }
    let box = Unmanaged.passRetained(Box(body))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    if pthread_create(&thread, &attributes, helperThreadMain, box.toOpaque()) == 0 { return true }
    box.release()
    return false
  }

  fileprivate final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  fileprivate static func serve(_ argument: UnsafeMutableRawPointer) {
    #if canImport(Darwin)
      pthread_set_qos_class_self_np(QOS_CLASS_USER_INTERACTIVE, 0)
    #endif
    Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
  }
}

#if canImport(Darwin)
  private func helperThreadMain(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    HelperThread.serve(argument)
    return nil
  }
#else
  private func helperThreadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    HelperThread.serve(argument!)
    return nil
  }
#endif
