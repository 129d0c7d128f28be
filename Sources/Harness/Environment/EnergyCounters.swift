#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The processor's own energy counters (RAPL), one for each package and, where it has one, its memory.
///
/// They count all that the package does, not this process alone. Most systems let only root read them.
struct EnergyCounters: Sendable, Equatable {
  /// "package-0", "dram", ….
  var counters: [Counter]

  struct Counter: Sendable, Equatable {
    var zone: String
    var name: String
    var microjoules: UInt64
    /// The counter starts again at zero beyond this.
    var range: UInt64
  }

  /// `nil` when there is none that can be read.
  ///
  /// - Parameter root: where /sys is looked for; "" on a real machine.
  static func now(root: String = "") -> EnergyCounters? {
    let folder = root + "/sys/class/powercap"
    var counters: [Counter] = []
    // Packages are numbered from 0; a package's parts are :0, :1, ….
    for package in 0..<16 {
      for suffix in [""] + (0..<4).map({ ":\($0)" }) {
        let zone = "intel-rapl:\(package)\(suffix)"
        guard let name = SystemFile.text("\(folder)/\(zone)/name"), name.hasPrefix("package") || name == "dram",
          let energy = SystemFile.text("\(folder)/\(zone)/energy_uj").flatMap({ UInt64($0) })
        else { continue }
        let range = SystemFile.text("\(folder)/\(zone)/max_energy_range_uj").flatMap { UInt64($0) } ?? 0
        counters.append(Counter(zone: zone, name: name, microjoules: energy, range: range))
      }
    }
    return counters.isEmpty ? nil : EnergyCounters(counters: counters)
  }

  /// Joules since an earlier reading, packages and memory apart; `nil` when the counters are not the same ones.
  func joules(since start: EnergyCounters) -> (packages: Double, memory: Double)? {
    guard counters.map(\.zone) == start.counters.map(\.zone) else { return nil }
    var joules = (packages: 0.0, memory: 0.0)
    for (end, start) in zip(counters, start.counters) {
      let used =
        end.microjoules >= start.microjoules
        ? end.microjoules - start.microjoules
        : end.microjoules + (start.range >= start.microjoules ? start.range - start.microjoules : 0)
      if end.name == "dram" { joules.memory += Double(used) * 1e-6 } else { joules.packages += Double(used) * 1e-6 }
    }
    return joules
  }
}
