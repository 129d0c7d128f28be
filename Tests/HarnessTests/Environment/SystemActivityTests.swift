import Testing
import Transformer

@testable import Harness

@Suite struct SystemActivityTests {
  private func activity(_ files: [String: String]) throws -> SystemActivity {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(text, to: name) }
    return SystemActivity.now(root: folder.path)
  }

  @Test("steal and the load of others are parts of all processors' time") func parts() throws {
    var start = try activity(["proc/stat": "cpu  100 0 100 1000 0 0 0 50 0 0\ncpu0 1 2 3 4 5 6 7 8\n"])
    var end = try activity(["proc/stat": "cpu  300 0 200 1400 100 0 0 250 0 0\n"])
    // 10 s in all: 3 busy, 5 idle, 2 stolen. This process used 2 of the 3.
    (start.ownSeconds, end.ownSeconds) = (10, 12)
    let difference = end.since(start)
    #expect(abs(try #require(difference.steal) - 0.2) < 1e-12)
    #expect(abs(try #require(difference.otherLoad) - 0.1) < 1e-12)
  }

  @Test("a time too short for the kernel's ticks has no parts") func short() throws {
    let start = try activity(["proc/stat": "cpu  100 0 100 1000 0 0 0 50 0 0\n"])
    let end = try activity(["proc/stat": "cpu  105 0 100 1000 0 0 0 50 0 0\n"])
    #expect(end.since(start).steal == nil)
    #expect(end.since(start).otherLoad == nil)
  }

  @Test("frequency is that of the governor, else the one in /proc/cpuinfo") func frequency() throws {
    let information = "processor\t: 0\ncpu MHz\t\t: 2000.5\n\nprocessor\t: 1\ncpu MHz\t\t: 3000.5\n"
    #expect(try activity(["proc/cpuinfo": information]).frequency == 2_500_500_000)
    let governed = try activity([
      "proc/cpuinfo": information, "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "1500000\n",
    ])
    #expect(governed.frequency == 1_500_000_000)
    #expect(try activity([:]).frequency == nil)
  }

  @Test("energy is the sum of the packages, memory apart, also where a counter starts again") func energy() throws {
    func files(_ package: String, _ core: String, _ memory: String) -> [String: String] {
      let zone = "sys/class/powercap/intel-rapl:0"
      return [
        zone + "/name": "package-0\n", zone + "/energy_uj": package, zone + "/max_energy_range_uj": "10000000\n",
        zone + ":0/name": "core\n", zone + ":0/energy_uj": core, zone + ":1/name": "dram\n",
        zone + ":1/energy_uj": memory,
      ]
    }
    let start = try activity(files("9000000\n", "1\n", "1000000\n"))
    let end = try activity(files("2000000\n", "5\n", "1500000\n"))
    let difference = end.since(start)
    #expect(abs(try #require(difference.packageJoules) - 3) < 1e-9)
    #expect(abs(try #require(difference.memoryJoules) - 0.5) < 1e-9)
    #expect(try activity([:]).energy == nil)
    #expect(try activity([:]).since(start).packageJoules == nil)
  }

  @Test("throttling is counted by the control group and by the cores") func throttling() throws {
    func files(_ throttled: String, _ count: String) -> [String: String] {
      [
        "proc/self/cgroup": "0::/job\n",
        "proc/self/mountinfo": "1 0 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        "sys/fs/cgroup/job/cpu.stat": "usage_usec 5\nthrottled_usec \(throttled)\n",
        "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": count,
      ]
    }
    let difference = try activity(files("2500000", "7")).since(activity(files("500000", "4")))
    #expect(abs(try #require(difference.throttledSeconds) - 2) < 1e-9)
    #expect(difference.thermalThrottles == 3)
  }

  @Test("processors' set-up is read, and unknown where it cannot be") func state() throws {
    let folder = try TemporaryFolder()
    for (name, text) in [
      "sys/devices/system/cpu/smt/active": "1\n", "sys/devices/system/cpu/intel_pstate/no_turbo": "1\n",
      "sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq": "3500000\n",
      "sys/devices/system/node/has_cpu": "0-1,4\n", "proc/self/cgroup": "0::/job/inner\n",
      "proc/self/mountinfo": "1 0 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
      "sys/fs/cgroup/job/cpu.max": "250000 100000\n", "sys/fs/cgroup/job/inner/cpu.max": "max 100000\n",
      "sys/fs/cgroup/job/memory.max": "1000\n",
    ] { try folder.write(text, to: name) }
    let state = ProcessorState.read(root: folder.path)
    #expect(state.simultaneousMultithreading == "on")
    #expect(state.turbo == "off")
    #expect(state.maximumFrequency == 3.5e9)
    #expect(state.numaNodes == 3)
    #expect(state.processorQuota == 2.5)
    #expect(state.memoryLimit == 1000)
    let nothing = ProcessorState.read(root: folder.path + "/missing")
    #expect(nothing.turbo == "unknown")
    #expect(nothing.simultaneousMultithreading == "unknown")
    #expect(nothing.processorQuota == nil)
  }

  @Test("each thing that spoils a measurement is warned of") func warnings() {
    var machine = MachineDescription.read()
    machine.governor = "powersave"
    let record = EnvironmentRecord(
      machine: machine, instructionSet: "x", threads: ThreadCount(4096), hugePages: false)
    let quiet = SystemActivity.Difference(seconds: 10, involuntarySwitches: 0)
    let usual = record.warnings(quiet)
    #expect(usual.contains { $0.contains("powersave") })
    #expect(usual.contains { $0.contains("4096 threads share") })
    var loud = quiet
    (loud.steal, loud.otherLoad, loud.throttledSeconds, loud.thermalThrottles) = (0.05, 0.5, 1, 2)
    #expect(record.warnings(loud).count == usual.count + 4)
  }
}
