import CLibYAML

/// One step of a YAML document, with its place.
struct YAMLEvent {
  let kind: Kind
  let range: SourceRange

  enum Kind {
    case streamStart
    case streamEnd
    case documentStart
    case documentEnd
    case alias(String)
    case scalar(text: String, isPlain: Bool, tag: String?, anchor: String?)
    case sequenceStart(anchor: String?)
    case mappingStart(anchor: String?)
    /// The end of a sequence or a mapping.
    case collectionEnd
  }
}

/// libyaml's parser as a sequence of events.
final class YAMLEventReader {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutableBufferPointer<UInt8>
  private let source: SourceText
  private let columnOffset: Int

  /// Reads `text`, whose first line starts `columnOffset` columns into the first line of `source`.
  init(_ text: String, in source: SourceText, columnOffset: Int = 0) {
    self.source = source
    self.columnOffset = columnOffset
    // libyaml keeps pointers into the parser and the text: both stay where they are until deinit.
    parser = .allocate(capacity: 1)
    let bytes = Array(text.utf8)
    input = .allocate(capacity: max(1, bytes.count))
    _ = input.initialize(from: bytes)
    guard yaml_parser_initialize(parser) == 1 else { fatalError("libyaml: out of memory") }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    input.deallocate()
  }

  /// The next event; throws where the text is no YAML.
  func next() throws(Diagnostic) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
    defer { yaml_event_delete(&event) }
    let kind: YAMLEvent.Kind =
      switch event.type {
      case YAML_STREAM_START_EVENT: .streamStart
      case YAML_STREAM_END_EVENT: .streamEnd
      case YAML_DOCUMENT_START_EVENT: .documentStart
      case YAML_DOCUMENT_END_EVENT: .documentEnd
      case YAML_ALIAS_EVENT: .alias(string(event.data.alias.anchor) ?? "")
      case YAML_SCALAR_EVENT: scalar(event.data.scalar)
      case YAML_SEQUENCE_START_EVENT: .sequenceStart(anchor: string(event.data.sequence_start.anchor))
      case YAML_MAPPING_START_EVENT: .mappingStart(anchor: string(event.data.mapping_start.anchor))
      default: .collectionEnd
      }
    return YAMLEvent(kind: kind, range: range(from: event.start_mark, to: event.end_mark))
  }

  private func scalar(_ data: yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar) -> YAMLEvent.Kind {
    let text = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
    let isPlain = data.style == YAML_PLAIN_SCALAR_STYLE
    return .scalar(text: text, isPlain: isPlain, tag: string(data.tag), anchor: string(data.anchor))
  }

  private func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private func range(from start: yaml_mark_t, to end: yaml_mark_t) -> SourceRange {
    var range = place(start)
    // What spans several lines is underlined on its first.
    let lastColumn = end.line == start.line ? end.column : start.column + 1
    range.length = max(1, Int(lastColumn) - Int(start.column))
    return range
  }

  private func place(_ mark: yaml_mark_t) -> SourceRange {
    let offset = mark.line == 0 ? columnOffset : 0
    return SourceRange(source: source, line: Int(mark.line) + 1, column: Int(mark.column) + 1 + offset, length: 1)
  }

  private func syntaxError() -> Diagnostic {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "libyaml gave no reason"
    if parser.pointee.error == YAML_MEMORY_ERROR { return Diagnostic("memory ran out", at: .whole(source)) }
    if parser.pointee.error == YAML_READER_ERROR {
      // Reader errors have no mark, only a byte.
      let (line, column) = source.position(ofByte: Int(parser.pointee.problem_offset) + columnOffset)
      let range = SourceRange(source: source, line: line, column: column, length: 1)
      return Diagnostic("not YAML: \(problem)", cure: "write it as an escape in double quotes, or remove it", at: range)
    }
    let range = place(parser.pointee.problem_mark)
    if let tab = tab(near: range) {
      return Diagnostic("not YAML: a tab cannot indent", cure: "indent with spaces", at: tab)
    }
    // What is never closed runs on to the next key or the end: its beginning is where the cure is due.
    let begin = place(parser.pointee.context_mark)
    if let (what, end) = YAMLSyntax.unclosed(problem), begin.line != range.line || end == "quote" {
      return Diagnostic("not YAML: \(what) that starts here is not closed", cure: "add the \(end)", at: begin)
    }
    let context = parser.pointee.context.map { " \(String(cString: $0))" } ?? ""
    let since = !context.isEmpty && begin.line != range.line ? " that starts on line \(begin.line)" : ""
    return Diagnostic(
      "not YAML: \(problem)\(context)\(since)", cure: YAMLSyntax.cure(for: problem, on: source.line(range.line)),
      at: range)
  }

  /// The place of a tab in the indentation of the faulty line or the one above it, the most frequent cause of all.
  private func tab(near range: SourceRange) -> SourceRange? {
    for number in [range.line, range.line - 1] where number > 0 {
      let indentation = source.line(number).unicodeScalars.prefix { $0 == " " || $0 == "\t" }
      if let column = Array(indentation).firstIndex(of: "\t") {
        return SourceRange(source: source, line: number, column: column + 1, length: 1)
      }
    }
    return nil
  }
}
