/// model.safetensors.index.json: which of several files holds which tensor.
struct ShardIndex {
  /// A file, numbered in the order of first mention.
  struct Shard {
    var number: Int
    var name: String
  }

  /// Every tensor with its shard, in the index's order: a shard's number is at most that of all before it plus one.
  let shards: [(tensor: String, shard: Shard)]

  init(path: String) throws(InputError) {
    let index = try JSONParser.parse(contentsOf: path, sizeLimit: SafetensorsHeader.lengthLimit)
    guard case .object(let members)? = index["weight_map"] else {
      throw InputError(
        file: path, path: ["weight_map"], problem: "must be a mapping from tensors to files",
        cure: "fetch the file again")
    }
    var numbers: [String: Int] = [:]
    var shards: [(String, Shard)] = []
    for member in members {
      guard case .string(let name) = member.value else {
        throw InputError(
          file: path, path: ["weight_map", quoted(member.key)],
          problem: "must be a file's name, is \(member.value.kind)", cure: "fetch the file again")
      }
      guard Self.staysInside(name) else {
        throw InputError(
          file: path, path: ["weight_map", quoted(member.key)], problem: "\(quoted(name)) lies outside the folder",
          cure: "name a file inside the checkpoint's folder")
      }
      let number = numbers[name] ?? numbers.count
      numbers[name] = number
      shards.append((member.key, Shard(number: number, name: name)))
    }
    self.shards = shards
  }

  /// Whether a relative path can only mean something inside its folder (symbolic links, which download caches are made
  /// of, aside).
  private static func staysInside(_ name: String) -> Bool {
    guard !name.isEmpty, !name.utf8.contains(0), !name.hasPrefix("/") else { return false }
    return !name.split(separator: "/", omittingEmptySubsequences: false).contains { $0 == ".." || $0.isEmpty }
  }
}
