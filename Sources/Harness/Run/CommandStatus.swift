/// What the process says when it ends. A signal adds its number to 128, as shells do.
public enum CommandStatus: Int32, Sendable {
  case done = 0
  /// A trial or comparison failed.
  case failed = 1
  /// Bad usage or bad input.
  case badInput = 2
}
