#if os(Linux)
  import Glibc
  import Synchronization
  import Tensor

  /// Counts calls of `malloc` and its like on chosen threads: tests beside this one may allocate as they like.
  ///
  /// Swift's objects, closure contexts, arrays and raw memory all come from there. The calls are seen by putting a
  /// counting function where each loaded library keeps the address of the real one, for as long as calls are counted.
  public enum AllocationCounter {
    private static let slotCount = 16
    /// One slot for each watched thread; 0 for none.
    nonisolated(unsafe) private static let threads: UnsafeMutablePointer<Atomic<UInt>> = {
      let slots = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: slotCount)
      for index in 0..<slotCount { (slots + index).initialize(to: Atomic(0)) }
      return slots
    }()
    nonisolated(unsafe) private static let counted: UnsafeMutablePointer<Atomic<Int>> = {
      let counter = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: 1)
      counter.initialize(to: Atomic(0))
      return counter
    }()

    private typealias Allocate = @convention(c) (Int) -> UnsafeMutableRawPointer?
    private typealias AllocateTwo = @convention(c) (Int, Int) -> UnsafeMutableRawPointer?
    private typealias Reallocate = @convention(c) (UnsafeMutableRawPointer?, Int) -> UnsafeMutableRawPointer?
    private typealias AllocateInto =
      @convention(c) (UnsafeMutablePointer<UnsafeMutableRawPointer?>, Int, Int) -> Int32

    // Looked up by name: a reference to `malloc` itself would go through the very table that is changed.
    private static let realMalloc = real("malloc", as: Allocate.self)
    private static let realCalloc = real("calloc", as: AllocateTwo.self)
    private static let realAligned = real("aligned_alloc", as: AllocateTwo.self)
    private static let realRealloc = real("realloc", as: Reallocate.self)
    private static let realInto = real("posix_memalign", as: AllocateInto.self)

    private static func real<Function>(_ name: String, as _: Function.Type) -> Function {
      guard let address = dlsym(dlopen(nil, RTLD_NOW), name) else { preconditionFailure("no function \(name)") }
      return unsafeBitCast(address, to: Function.self)
    }

    private typealias Functions = [(name: StaticString, address: UInt)]

    private static let originals: Functions = [
      ("malloc", unsafeBitCast(realMalloc, to: UInt.self)), ("calloc", unsafeBitCast(realCalloc, to: UInt.self)),
      ("aligned_alloc", unsafeBitCast(realAligned, to: UInt.self)),
      ("realloc", unsafeBitCast(realRealloc, to: UInt.self)),
      ("posix_memalign", unsafeBitCast(realInto, to: UInt.self)),
    ]
    private static let counting: Functions = {
      let mallocHook: Allocate = {
        AllocationCounter.count()
        return AllocationCounter.realMalloc($0)
      }
      let callocHook: AllocateTwo = {
        AllocationCounter.count()
        return AllocationCounter.realCalloc($0, $1)
      }
      let alignedHook: AllocateTwo = {
        AllocationCounter.count()
        return AllocationCounter.realAligned($0, $1)
      }
      let reallocHook: Reallocate = {
        AllocationCounter.count()
        return AllocationCounter.realRealloc($0, $1)
      }
      let intoHook: AllocateInto = {
        AllocationCounter.count()
        return AllocationCounter.realInto($0, $1, $2)
      }
      return [
        ("malloc", unsafeBitCast(mallocHook, to: UInt.self)), ("calloc", unsafeBitCast(callocHook, to: UInt.self)),
        ("aligned_alloc", unsafeBitCast(alignedHook, to: UInt.self)),
        ("realloc", unsafeBitCast(reallocHook, to: UInt.self)),
        ("posix_memalign", unsafeBitCast(intoHook, to: UInt.self)),
      ]
    }()

    /// Whether calls can be counted.
    public static let isAvailable: Bool = {
      // Everything that the counting functions use must exist before they are called: what is made on first use
      // would allocate, and so call them again.
      watchThisThread(slot: 0)
      count()
      forgetThreads()
      defer { LoadedLibraries.replace(originals) }
      return !originals.contains { $0.address == 0 } && LoadedLibraries.replace(counting) > 0
    }()

    private static func count() {
      let current = UInt(pthread_self())
      var slot = 0
      while slot < slotCount {
        if threads[slot].load(ordering: .relaxed) == current { counted.pointee.add(1, ordering: .relaxed) }
        slot &+= 1
      }
    }

    /// One count at a time: all tests of the process share the slots.
    private static let turn = Mutex(())

    /// How many calls `body` makes on the threads of `workers`, the first 16 of them; the calling one is the first.
    public static func allocations(on workers: Workers, _ body: () throws -> Void) rethrows -> Int {
      precondition(isAvailable, "calls cannot be counted here")
      return try turn.withLock { _ in
        workers.run { if $0.index < slotCount { watchThisThread(slot: $0.index) } }
        LoadedLibraries.replace(counting)
        defer {
          LoadedLibraries.replace(originals)
          forgetThreads()
        }
        let before = total
        try body()
        return total - before
      }
    }

    private static func watchThisThread(slot: Int) {
      threads[slot].store(UInt(pthread_self()), ordering: .sequentiallyConsistent)
    }

    private static func forgetThreads() {
      for slot in 0..<slotCount { threads[slot].store(0, ordering: .sequentiallyConsistent) }
    }

    /// Calls on the watched threads so far.
    private static var total: Int { counted.pointee.load(ordering: .sequentiallyConsistent) }
  }
#endif
