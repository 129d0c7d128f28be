import Transformer

/// `llm-bench report`: what results folders say, as a page or as Markdown.
public struct ReportJob {
  private let folders: [String]
  private let page: String?
  private let standardOutput: any TextSink
  private let standardError: any TextSink

  /// - Parameters:
  ///   - folders: of results, or results files.
  ///   - page: the HTML file to write; `nil` prints Markdown instead.
  public init(
    folders: [String], page: String? = nil, standardOutput: any TextSink = DescriptorSink.standardOutput,
    standardError: any TextSink = DescriptorSink.standardError
  ) {
    self.folders = folders
    self.page = page
    self.standardOutput = standardOutput
    self.standardError = standardError
  }

  /// - Throws: `InputError` for a folder without results and for a page that cannot be written.
  public func run() throws -> CommandStatus {
    let systems = try ReportSystem.read(folders)
    guard let page else {
      try standardOutput.write(ReportText(systems: systems).text)
      return .done
    }
    for note in systems.flatMap(\.notes) { try standardError.write("note: \(note)\n") }
    try PageFile.write(ReportDocument(systems: systems, time: Timestamp.now()).page, to: page)
    try standardError.write("report: \(page)\n")
    return .done
  }
}
