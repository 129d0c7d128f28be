import Testing
import Transformer

@testable import Harness

@Suite struct EnvironmentTests {
  private func description(_ files: [String: String]) throws -> MachineDescription {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(text, to: name) }
    return MachineDescription.read(root: folder.path)
  }

  @Test("a machine is described from /proc and /sys") func linux() throws {
    let processors = (0..<4).map {
      """
      processor\t: \($0)
      model name\t: Fast CPU 9000
      physical id\t: 0
      core id\t\t: \($0 / 2)
      flags\t\t: fpu sse4_2 avx2 fma avx512_bf16 unheard_of

      """
    }
    let machine = try description([
      "proc/cpuinfo": processors.joined(separator: "\n"), "proc/sys/kernel/osrelease": "6.1.0\n",
      "proc/self/status": "Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3\n",
      "proc/meminfo": "MemTotal:  2000 kB\n",
      "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
      "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
      "sys/devices/system/cpu/cpu0/cache/index0/level": "1\n",
      "sys/devices/system/cpu/cpu0/cache/index0/type": "Data\n",
      "sys/devices/system/cpu/cpu0/cache/index0/size": "32K\n",
    ])
    #expect(machine.processorName == "Fast CPU 9000")
    #expect(machine.logicalProcessors == 4)
    #expect(machine.physicalCores == 2)
    #expect(machine.flags == ["avx2", "avx512_bf16", "fma", "sse4_2"])
    #expect(machine.kernel == "6.1.0")
    #expect(machine.affinity == "0-3")
    #expect(machine.memoryBytes == 2_048_000)
    #expect(machine.transparentHugePages == "madvise")
    #expect(machine.governor == "performance")
    #expect(machine.caches.map(\.name) == ["L1 Data"])
    #expect(machine.caches.map(\.bytes) == [32768])
  }

  @Test("what cannot be read is unknown") func unreadable() throws {
    let machine = try description([:])
    #expect(machine.governor == "unknown")
    #expect(machine.affinity == "unknown")
    #expect(machine.transparentHugePages == "unknown")
    #expect(machine.memoryBytes == nil)
    #expect(machine.physicalCores == nil)
    #expect(machine.logicalProcessors > 0)
  }

  @Test("a record does not tell the host's name") func anonymous() throws {
    let record = EnvironmentRecord(machine: .read(), instructionSet: "x", threads: ThreadCount(1), hugePages: true)
    guard case .object(let entries) = record.json(start: .init(), end: .init()) else {
      Issue.record("a record is an object")
      return
    }
    #expect(!entries.contains { $0.key.contains("host") })
    #expect(Set(entries.map(\.key)).count == entries.count)
  }
}
