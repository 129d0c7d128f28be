import Tensor
import Testing

@Suite("Storage")
struct StorageTests {
  @Test(
    "memory starts at a huge page's border and is zero to its last byte",
    arguments: [0, 1, 63, 4096, 2 << 20, 5_000_001])
  func zeroes(byteCount: Int) throws {
    for hugePages in [true, false] {
      let storage = try Storage(byteCount: byteCount, hugePages: hugePages)
      #expect(UInt(bitPattern: storage.base) % UInt(Storage.hugePage) == 0)
      #expect(storage.byteCount == byteCount)
      // Every page once, and the ends.
      for offset in stride(from: 0, to: byteCount, by: 509) {
        #expect(storage.base.load(fromByteOffset: offset, as: UInt8.self) == 0)
      }
      if byteCount > 0 {
        let last = storage.base + (byteCount - 1)
        #expect(last.load(as: UInt8.self) == 0)
        last.storeBytes(of: 7, as: UInt8.self)
        #expect(last.load(as: UInt8.self) == 7)
      }
    }
  }

  @Test(
    "more memory than there are addresses is an error, not a trap", arguments: [1 << 60, Int.max - 100, Int.max, -1])
  func tooMuch(byteCount: Int) {
    #expect(throws: OutOfMemory.self) { _ = try Storage(byteCount: byteCount) }
  }

  @Test("the error names the bytes")
  func message() {
    let error = #expect(throws: OutOfMemory.self) { _ = try Storage(byteCount: 1 << 60) }
    #expect(error?.description.contains("\(1 << 60)") == true)
  }

  @Test("an arena hands out aligned parts that do not overlap")
  func arena() {
    var arena = Arena()
    var end = 0
    for (byteCount, alignment) in [(1, 64), (64, 64), (0, 64), (65, 64), (3, 4), (10, 4096), (5, 1), (7, 64)] {
      let start = arena.reserve(byteCount, alignment: alignment)
      #expect(start % alignment == 0 && start >= end)
      #expect(start < end + alignment)
      end = start + byteCount
      #expect(arena.used == end)
    }
  }
}
