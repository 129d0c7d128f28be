import Foundation

/// Scripts that use the executable as a person at a shell does.
enum Shell {
  /// The exit status of a script of /bin/sh, run in `folder`. `$0` is the executable; `$bench` runs the sweep of
  /// tiny.yaml into the folder "out".
  static func run(_ script: String, in folder: TemporaryFolder) throws -> Int32 {
    try folder.write(CommandTests.sweep, to: "tiny.yaml")
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    let sweep = "run tiny.yaml --output out --threads 1 --no-roofline"
    shell.arguments = ["-c", "bench=\"$0 \(sweep)\"; \(script)", CommandTests.executable.path]
    shell.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    shell.standardInput = FileHandle.nullDevice
    shell.standardError = FileHandle.nullDevice
    try shell.run()
    shell.waitUntilExit()
    return shell.terminationStatus
  }
}
