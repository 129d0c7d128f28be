import Testing

@testable import Harness

@Suite struct MemoryTests {
  private func available(_ files: [String: String]) throws -> AvailableMemory? {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(text, to: name) }
    return AvailableMemory.now(root: folder.path)
  }

  private let meminfo = "MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    500 kB\n"
  private let v2 = "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
  private let v1 = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"

  @Test("without control groups the machine's free memory counts") func machine() throws {
    #expect(try available(["proc/meminfo": meminfo])?.bytes == 512_000)
  }

  @Test("nothing readable means nothing known") func unknown() throws {
    #expect(try available([:]) == nil)
  }

  @Test("the limit of a version 2 group binds, less its use, plus clean page cache") func version2() throws {
    let memory = try available([
      "proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n", "proc/self/mountinfo": v2,
      "sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/b/memory.current": "70000\n",
      "sys/fs/cgroup/a/memory.max": "100000\n", "sys/fs/cgroup/a/memory.current": "80000\n",
      "sys/fs/cgroup/a/memory.stat":
        "anon 1\ninactive_file 7000\nactive_file 3000\nfile_dirty 1000\nfile_writeback 0\n",
    ])
    #expect(memory?.bytes == 100_000 - 80_000 + 9000)
    #expect(memory?.limit.hasSuffix("/sys/fs/cgroup/a/memory.max") == true)
  }

  @Test("the limit of a version 1 group binds") func version1() throws {
    let memory = try available([
      "proc/meminfo": meminfo, "proc/self/cgroup": "9:cpu:/x\n4:memory:/job\n", "proc/self/mountinfo": v1,
      "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "200000\n",
      "sys/fs/cgroup/memory/job/memory.usage_in_bytes": "150000\n",
      "sys/fs/cgroup/memory/job/memory.stat": "total_inactive_file 5000\ntotal_active_file 0\ntotal_dirty 0\n",
    ])
    #expect(memory?.bytes == 55_000)
  }

  @Test("a group whose path is not visible inside a container is found at the mount") func container() throws {
    let memory = try available([
      "proc/meminfo": meminfo, "proc/self/cgroup": "4:memory:/docker/abc\n",
      "proc/self/mountinfo": "35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "3000\n", "sys/fs/cgroup/memory/memory.usage_in_bytes": "1000\n",
    ])
    #expect(memory?.bytes == 2000)
  }

  @Test("use beyond the limit leaves nothing, not less") func overused() throws {
    let memory = try available([
      "proc/self/cgroup": "0::/\n", "proc/self/mountinfo": v2, "sys/fs/cgroup/memory.max": "100\n",
      "sys/fs/cgroup/memory.current": "300\n",
    ])
    #expect(memory?.bytes == 0)
  }

  @Test("this machine's memory can be read") func here() {
    #if os(Linux)
      #expect((AvailableMemory.now()?.bytes ?? 0) > 0)
    #endif
    #expect((PeakMemory.bytes() ?? 0) > 1 << 20)
  }

  @Test("weights count only until they are loaded") func weights() {
    let guardian = MemoryGuard { AvailableMemory(bytes: MemoryGuard.reserve + 100, limit: "a limit") }
    let demand = MemoryDemand(weightBytes: 90, kvCacheBytes: 10, activationBytes: 5)
    #expect(guardian.refusal(demand, weightsLoaded: false)?.contains("a limit") == true)
    #expect(guardian.refusal(demand, weightsLoaded: true) == nil)
  }

  @Test("demands beyond what an integer holds are too much, not a trap") func saturation() {
    let guardian = MemoryGuard { AvailableMemory(bytes: 1 << 50, limit: "a limit") }
    let demand = MemoryDemand(weightBytes: .max, kvCacheBytes: .max, activationBytes: .max)
    #expect(guardian.refusal(demand, weightsLoaded: false) != nil)
    #expect(guardian.refusal(demand, weightsLoaded: true) != nil)
  }

  @Test("prompts, new tokens and their times count too") func calls() {
    let demand = MemoryDemand(weightBytes: 90, kvCacheBytes: 10, activationBytes: 5)
    let trial = Trial(name: "", batchSize: 2, inputLength: 3, outputLength: 4)
    #expect(demand.with(trial, useCache: true).totalBytes == 105 + 4 * 2 * 7 + 8 * 4)
    #expect(demand.with(trial, useCache: false).totalBytes == 105 + 2 * 4 * 2 * 7 + 8 * 4)
    let hostile = Trial(name: "", batchSize: .max, inputLength: .max, outputLength: .max)
    #expect(demand.with(hostile, useCache: true).totalBytes > 1 << 61)
  }

  @Test("bytes are written for people") func byteTexts() {
    #expect(byteText(999) == "999 B")
    #expect(byteText(2_631_901_184) == "2.63 GB")
    #expect(byteText(64_000_000) == "64.0 MB")
    #expect(byteText(999_999) == "1.00 MB")
  }
}
