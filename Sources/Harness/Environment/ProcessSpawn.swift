#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Starts programs, with no signal blocked.
enum ProcessSpawn {
  #if canImport(Darwin)
    typealias Actions = posix_spawn_file_actions_t?
    typealias Attributes = posix_spawnattr_t?
  #else
    typealias Actions = posix_spawn_file_actions_t
    typealias Attributes = posix_spawnattr_t
  #endif

  /// - Parameters:
  ///   - environment: its variables, this process's own when `nil`.
  ///   - configure: sets what becomes of the descriptors, and further attributes, whose flags it returns.
  /// - Returns: an error's number, 0 when the program runs.
  static func start(
    _ executable: String, _ arguments: [String], environment: [String: String]? = nil, _ identifier: inout pid_t,
    configure: (inout Actions, inout Attributes) -> Int32
  ) -> Int32 {
    #if canImport(Darwin)
      var actions: Actions
      var attributes: Attributes
    #else
      var actions = Actions()
      var attributes = Attributes()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // Signals that wait for this process's own watcher would otherwise never reach the child.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    let flags = configure(&actions, &attributes) | Int32(POSIX_SPAWN_SETSIGMASK)
    posix_spawnattr_setflags(&attributes, Int16(flags))

    let words = ([executable] + arguments).map { strdup($0) } + [nil]
    let variables = environment.map { $0.map { strdup("\($0.key)=\($0.value)") } + [nil] }
    defer { for pointer in words + (variables ?? []) { free(pointer) } }
    guard let variables else { return posix_spawn(&identifier, executable, &actions, &attributes, words, environ) }
    return posix_spawn(&identifier, executable, &actions, &attributes, words, variables)
  }
}
