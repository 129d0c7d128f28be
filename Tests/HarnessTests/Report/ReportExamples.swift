import Foundation
import Testing
import Transformer

@testable import Harness

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Rows as `run` writes them, with figures that a test chooses.
struct ExampleRow {
  var name = "any"
  var engine = ""
  var number = 1
  var status = "ok"
  var batch = 1
  var input = 128
  var output = 9
  var dtype = "bf16"
  var usesCache = true
  /// Seconds.
  var prefill = 0.04
  var step = 0.008
  var weightBytes = 250e6
  var profiled = false
  /// Part of each phase's time.
  var attentionShare = 0.1
  var hasCeilings = true
  /// GFLOP/s, of the products in use and of fp32, and GB/s.
  var peak = 900.0
  var fp32Peak = 450.0
  var bandwidth = 50.0

  var line: String {
    let tokens = Array(repeating: step, count: output - 1)
    let latency = prefill + step * Double(output - 1)
    let layers = 2 * 110e6
    func operations(_ tokens: Double, _ seconds: Double) -> String {
      let names = [("qkv", 0.2), ("attention", attentionShare), ("ffn up", 0.3), ("ffn down", 0.25), ("logits", 0.1)]
      return names.map { name, share in
        "{\"operation\":\"\(name)\",\"calls\":12,\"time_s\":\(seconds * share),\"wait_s\":0,"
          + "\"flop\":\(layers * tokens * share),\"bytes\":\(weightBytes * share),\"roofline_fraction\":0.7}"
      }.joined(separator: ",")
    }
    func phase(_ count: Int, _ tokens: Double, _ seconds: Double) -> String {
      "{\"tokens\":\(count),\"passes\":\(count),\"dropped_passes\":0,\"time_s\":\(seconds),\"wait_s\":0,"
        + "\"outside_s\":\(seconds * 0.05),\"operations\":[\(operations(tokens, seconds))]}"
    }
    let profile =
      profiled
      ? "{\"prefill\":\(phase(1, Double(input), prefill)),"
        + "\"decode\":\(phase(output - 1, Double(output - 1), step * Double(output - 1)))}" : "null"
    let ceilings =
      hasCeilings
      ? "{\"flop_per_s\":\(peak * 1e9),\"fp32_flop_per_s\":\(fp32Peak * 1e9),\"read_bytes_per_s\":\(bandwidth * 1e9)}"
      : "null"
    let quotedName = JSONWriter().text(.string(name))
    guard status == "ok" else {
      return "{\"name\":\(quotedName),\"trial\":\(number),\"status\":\"\(status)\",\"error\":\"needs 9 GB\","
        + "\"batch_size\":\(batch),\"input_length\":\(input),\"output_length\":\(output),\"dtype\":\"\(dtype)\","
        + "\"weight_bytes\":250000000,\"kv_cache_bytes\":9000000000,\"samples\":[],\"latency_s\":null}"
    }
    let kv = 36_864 * batch * (input + output)
    let program = engine.isEmpty ? "" : "\"engine\":\"\(engine)\","
    return "{\(program)\"name\":\(quotedName),\"trial\":\(number),\"status\":\"ok\",\"batch_size\":\(batch),"
      + "\"input_length\":\(input),\"output_length\":\(output),\"dtype\":\"\(dtype)\",\"use_cache\":\(usesCache),"
      + "\"threads\":2,\"isa\":\"avx2\",\"n_params\":125311488,\"weight_bytes\":\(weightBytes),\"kv_cache_bytes\":\(kv),"
      + "\"peak_rss_bytes\":\(weightBytes + 5e7),\"samples\":[{\"latency_s\":\(latency),\"prefill_s\":\(prefill),"
      + "\"token_s\":\(tokens)}],\"latency_s\":{\"mean\":\(latency),\"median\":\(latency),\"stddev\":null,"
      + "\"ci95_low\":null,\"ci95_high\":null},\"ttft_s\":\(prefill),\"tpot_s\":\(output > 1 ? "\(step)" : "null"),"
      + "\"prefill_flop\":\(layers * Double(batch * input)),\"decode_flop\":\(layers * Double(batch)),"
      + "\"decode_bytes\":\(weightBytes + Double(kv)),\"ceilings\":\(ceilings),\"profile\":\(profile),"
      + "\"machine\":\"Machine, 2 processors\",\"build\":\"release\","
      + "\"environment\":{\"cpu_model\":\"Machine\",\"logical_processors\":2,\"load_average_start\":[0.5]}}"
  }

  func row() throws -> ReportRow { try #require(ReportRow(JSONParser().parse(line))) }
}

/// Fails unless `text` is well-formed XML: a name that slips through unescaped breaks it.
func requireWellFormed(_ text: String, _ place: SourceLocation = #_sourceLocation) throws {
  let parser = XMLParser(data: Data(text.utf8))
  let message = parser.parse() ? nil : "\(parser.parserError.map { "\($0)" } ?? "?") in \(text.prefix(300))"
  try #require(message == nil, Comment(rawValue: message ?? ""), sourceLocation: place)
}

/// The drawings of a page: SVG elements that are figures, not swatches.
func drawings(in page: String) -> [Substring] {
  page.matches(of: /<svg role="img".*?<\/svg>/.dotMatchesNewlines()).map { page[$0.range] }
}

/// Every drawing has marks, a name, a description, and is well-formed; no identifier stands twice.
func checkFigures(_ page: String) throws {
  let drawings = drawings(in: page)
  #expect(!drawings.isEmpty)
  for drawing in drawings {
    try requireWellFormed(String(drawing))
    #expect(drawing.contains("class=\"mark\""), "\(drawing.prefix(200))")
    #expect(drawing.contains(/<title id="[^"]+">[^<]+<\/title><desc id="[^"]+">[^<]+<\/desc>/))
    #expect(!drawing.contains("nan") && !drawing.contains("inf"))
  }
  let ids = page.matches(of: /\sid="([^"]*)"/).map { $0.output.1 }
  #expect(Set(ids).count == ids.count)
}
