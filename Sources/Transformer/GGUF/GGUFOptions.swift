/// An architecture's own keys among a GGUF file's metadata, typed and within bounds.
///
/// Keys are asked for without the architecture's prefix; errors name them with it.
struct GGUFOptions {
  private var reader: OptionReader
  private let architecture: String
  private let cure = "the file is damaged, or needs a newer program: convert the model again"

  init(_ metadata: ConfigurationValue, architecture: String) throws(InputError) {
    guard case .object(let entries) = metadata else { preconditionFailure("metadata is a mapping") }
    self.architecture = architecture
    reader = try OptionReader(.object(entries.filter { $0.key.hasPrefix(architecture + ".") }))
  }

  private func full(_ key: String) -> String { "\(architecture).\(key)" }

  func error(_ key: String, _ problem: String, cure: String? = nil) -> InputError {
    reader.error(full(key), problem, cure: cure ?? self.cure)
  }

  /// The size under `key`, which must be there.
  mutating func size(_ key: String, in bounds: ClosedRange<Int>) throws(InputError) -> Int {
    guard let size = try optionalSize(key, in: bounds) else { throw error(key, "is missing") }
    return size
  }

  /// A size, or a list of one for each layer, which must then all be the same.
  mutating func optionalSize(_ key: String, in bounds: ClosedRange<Int>) throws(InputError) -> Int? {
    if case .array(let sizes)? = reader.take(full(key)) {
      guard case .integer(let size)? = sizes.first, sizes.allSatisfy({ $0 == .integer(size) }) else {
        throw error(key, "layers that differ from each other are not supported", cure: "use another model")
      }
      guard bounds.contains(size) else {
        throw error(key, "must be between \(bounds.lowerBound) and \(bounds.upperBound), is \(size)")
      }
      return size
    }
    return try reader.optionalInteger(full(key), in: bounds)
  }

  mutating func requiredNumber(_ key: String, _ requirement: NumberRequirement) throws(InputError) -> Double {
    guard let number = try reader.optionalNumber(full(key), requirement) else { throw error(key, "is missing") }
    return number
  }

  mutating func number(_ key: String, default fallback: Double) throws(InputError) -> Double {
    try reader.number(full(key), default: fallback)
  }

  mutating func positive(_ key: String) throws(InputError) -> Float? {
    try reader.optionalNumber(full(key), .positive).map { Float($0) }
  }

  /// `nil` also for 0, which turns the option off.
  mutating func positiveOrZero(_ key: String) throws(InputError) -> Float? {
    try reader.optionalNumber(full(key), .nonNegative).flatMap { $0 == 0 ? nil : Float($0) }
  }

  mutating func boolean(_ key: String, default fallback: Bool) throws(InputError) -> Bool {
    try reader.boolean(full(key), default: fallback)
  }

  mutating func string(_ key: String, default fallback: String) throws(InputError) -> String {
    try reader.string(full(key), default: fallback)
  }

  /// Accepts a key that changes nothing in inference.
  mutating func ignore(_ keys: String...) {
    for key in keys { _ = reader.take(full(key)) }
  }

  /// Refuses the first key of the architecture's that was never asked for.
  func refuseUnknown() throws(InputError) {
    try reader.refuseUnknown()
  }
}
