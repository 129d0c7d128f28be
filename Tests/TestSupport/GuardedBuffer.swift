#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Memory whose last element ends where a page begins that cannot be read or written: a kernel that reaches beyond its
/// counts crashes the test instead of passing by luck.
public final class GuardedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  public let base: UnsafeMutablePointer<Element>
  public let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  public init(count: Int, repeating element: Element) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let bytes = count * MemoryLayout<Element>.stride
    let usable = (bytes + page - 1) / page * page
    self.count = count
    mappedBytes = usable + page
    let flags = MAP_PRIVATE | MAP_ANON
    mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, flags, -1, 0)!
    precondition(mapping != MAP_FAILED, "mmap of \(mappedBytes) bytes failed")
    mprotect(mapping + usable, page, PROT_NONE)
    base = (mapping + usable - bytes).bindMemory(to: Element.self, capacity: count)
    base.initialize(repeating: element, count: count)
  }

  public convenience init(_ elements: [Element], filler: Element) {
    self.init(count: elements.count, repeating: filler)
    for (index, element) in elements.enumerated() { base[index] = element }
  }

  deinit {
    munmap(mapping, mappedBytes)
  }

  public subscript(index: Int) -> Element {
    get { base[index] }
    set { base[index] = newValue }
  }

  public var array: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
}

extension GuardedBuffer where Element: ExpressibleByIntegerLiteral {
  public convenience init(_ elements: [Element]) { self.init(elements, filler: 0) }
}
