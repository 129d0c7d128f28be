import Foundation
import PackagePlugin

/// Writes the commit of the checkout into a source file before each build, so that the executable knows it wherever it
/// is copied to.
@main
struct StampCommit: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let root = context.package.directoryURL
    return [
      .prebuildCommand(
        displayName: "Stamping the commit", executable: URL(fileURLWithPath: "/bin/sh"),
        arguments: [
          root.appending(path: "scripts/stamp-commit.sh").path, root.path, context.pluginWorkDirectoryURL.path,
        ],
        outputFilesDirectory: context.pluginWorkDirectoryURL)
    ]
  }
}
