/// Bad input: says where it is, what is wrong and how to cure it. The command-line tool prints it and exits with 2.
public struct InputError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file, when the input is one.
  public var file: String?
  /// The place inside it: a key path such as `["model", "attn_config", "alibi"]`, a tensor's name, ….
  public var path: [String]
  /// What is wrong, as a clause: "must divide d_model (768)".
  public var problem: String
  /// What to do about it.
  public var cure: String?

  /// An error whose parts the properties describe.
  public init(file: String? = nil, path: [String] = [], problem: String, cure: String? = nil) {
    self.file = file
    self.path = path
    self.problem = problem
    self.cure = cure
  }

  public var description: String {
    var place = file.map { [$0] } ?? []
    if !path.isEmpty { place.append(path.joined(separator: ".")) }
    let head = (place + [problem]).joined(separator: ": ")
    return cure.map { "\(head)\n  \($0)" } ?? head
  }
}
