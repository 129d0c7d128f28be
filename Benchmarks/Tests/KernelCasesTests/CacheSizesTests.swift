import Testing

@testable import KernelCases

@Suite("Sizes of caches")
struct CacheSizesTests {
  @Test("sizes are read as the kernel writes them", arguments: [("48K", 48 << 10), ("32M", 32 << 20), ("512", 512)])
  func sizes(text: String, bytes: Int) {
    #expect(CacheSizes.byteCount(text) == bytes)
  }

  @Test("what is no size is none", arguments: ["", "K", "-1K", "0", "9999999999999M"])
  func noSizes(text: String) {
    #expect(CacheSizes.byteCount(text) == nil)
  }

  @Test("bytes lie in the smallest level that holds them; private caches count once for each worker")
  func levels() {
    let caches = CacheSizes(l1: 10, l2: 100, l3: 1000)
    #expect(caches.level(of: 20, threads: 2) == .l1)
    #expect(caches.level(of: 21, threads: 2) == .l2)
    #expect(caches.level(of: 201, threads: 2) == .l3)
    #expect(caches.level(of: 1001, threads: 2) == .memory)
  }

  @Test("cold operands are four times the last cache")
  func cold() {
    #expect(CacheSizes(l1: 1, l2: 1, l3: 32 << 20).cold == 128 << 20)
  }

  @Test("without a readable /sys the sizes are still usable")
  func unreadable() {
    let caches = CacheSizes.read(root: "/nonexistent")
    #expect(caches.l1 > 0 && caches.l2 > caches.l1)
  }
}
