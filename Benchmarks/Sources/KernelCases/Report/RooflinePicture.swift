import Tensor

/// The roofline (Williams, Waterman and Patterson 2009) as SVG: arithmetic intensity against GFLOP/s on logarithmic
/// axes, the measured ceilings as lines and every measured case with arithmetic as a point.
public struct RooflinePicture {
  public var title: String
  public var ceilings: [CeilingLine]

  private static let size = (width: 1280.0, height: 800.0)
  private static let plot = (left: 90.0, top: 70.0, right: 1020.0, bottom: 720.0)

  public init(title: String, ceilings: [CeilingLine]) {
    self.title = title
    self.ceilings = ceilings
  }

  public func svg(_ rows: [KernelRow]) -> String {
    let points = rows.filter { $0.flops > 0 && $0.bytes > 0 }
    let plot = Self.plot
    let x = LogAxis(covering: points.map { $0.flops / $0.bytes }, pixels: (plot.left, plot.right))
    let peaks = ceilings.filter { $0.unit == "GFLOP/s" }.map { $0.value / 1e9 }
    let y = LogAxis(covering: points.compactMap(\.gflops) + peaks, pixels: (plot.bottom, plot.top))
    var body = grid(x, y) + roofs(x, y)
    body += points.map { marker($0, x, y) }.joined()
    body += legend(groups: KernelGroup.allCases.filter { group in points.contains { $0.group == group } })
    body += Self.text(plot.left, 30, title, size: 18, weight: "bold")
    let hidden = rows.count - points.count
    let note =
      "\(points.count) cases" + (hidden > 0 ? "; \(hidden) without arithmetic are in the table alone" : "")
      + ". Hollow points: one thread. Dashed: ceilings of one thread."
    body += Self.text(plot.left, 52, note, size: 12, color: "#555")
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(Self.size.width))" height="\(Int(Self.size.height))" \
      viewBox="0 0 \(Int(Self.size.width)) \(Int(Self.size.height))" font-family="Helvetica, Arial, sans-serif">
      <rect width="100%" height="100%" fill="white"/>
      <clipPath id="plot"><rect x="\(Self.number(plot.left))" y="\(Self.number(plot.top))" \
      width="\(Self.number(plot.right - plot.left))" height="\(Self.number(plot.bottom - plot.top))"/></clipPath>
      \(body)</svg>

      """
  }

  // MARK: - Axes

  private func grid(_ x: LogAxis, _ y: LogAxis) -> String {
    let plot = Self.plot
    var text = ""
    for tick in x.ticks {
      text += Self.line(x.pixel(tick), plot.top, x.pixel(tick), plot.bottom, color: "#e6e6e6")
      text += Self.text(x.pixel(tick), plot.bottom + 18, Self.tick(tick), anchor: "middle")
    }
    for tick in y.ticks {
      text += Self.line(plot.left, y.pixel(tick), plot.right, y.pixel(tick), color: "#e6e6e6")
      text += Self.text(plot.left - 8, y.pixel(tick) + 4, Self.tick(tick), anchor: "end")
    }
    text += Self.line(plot.left, plot.bottom, plot.right, plot.bottom, color: "#333")
    text += Self.line(plot.left, plot.top, plot.left, plot.bottom, color: "#333")
    text += Self.text(
      (plot.left + plot.right) / 2, plot.bottom + 46, "arithmetic intensity (FLOP / byte streamed)", size: 14,
      anchor: "middle")
    let middle = (plot.top + plot.bottom) / 2
    text +=
      "<g transform=\"rotate(-90 26 \(Self.number(middle)))\">"
      + Self.text(26, middle, "GFLOP/s", size: 14, anchor: "middle") + "</g>\n"
    return text
  }

  // MARK: - KernelCeilings

  private func roofs(_ x: LogAxis, _ y: LogAxis) -> String {
    let most = ceilings.map(\.threads).max() ?? 1
    let peaks = ceilings.filter { $0.unit == "GFLOP/s" }
    var text = "<g clip-path=\"url(#plot)\">\n"
    var labels = ""
    for ceiling in ceilings {
      let dash = ceiling.threads < most
      let label = "\(ceiling.name), \(ceiling.threads) thread\(ceiling.threads == 1 ? "" : "s")"
      let value = "\(label): \(NumberFormat.significant(ceiling.value / 1e9)) \(ceiling.unit)"
      if ceiling.unit == "GFLOP/s" {
        let height = y.pixel(ceiling.value / 1e9)
        text += Self.line(Self.plot.left, height, Self.plot.right, height, color: "#444", dash: dash, title: value)
        // Two threads of fp32 often reach what one reaches in bf16: names stand side by side.
        let right = Self.plot.right - (dash ? 250 : 4)
        labels += Self.text(right, height - 4, value, size: 11, anchor: "end", color: "#444")
      } else {
        // Up to the highest arithmetic of as many threads.
        let top = peaks.filter { $0.threads == ceiling.threads }.map(\.value).max() ?? ceiling.value
        let end = min(x.range.upperBound, top / ceiling.value)
        guard end > x.range.lowerBound else { continue }
        let start = x.range.lowerBound
        text += Self.line(
          x.pixel(start), y.pixel(start * ceiling.value / 1e9), x.pixel(end), y.pixel(end * ceiling.value / 1e9),
          color: "#888", dash: dash, title: value)
        if !dash { labels += slopeLabel(value, ceiling.value / 1e9, x, y) }
      }
    }
    return text + "</g>\n" + labels
  }

  /// A roof's name along its slope, where the line has come some way into the picture.
  private func slopeLabel(_ label: String, _ gigabytes: Double, _ x: LogAxis, _ y: LogAxis) -> String {
    let start = max(x.range.lowerBound, y.range.lowerBound / gigabytes)
    // A fifth of a decade on, and a little above the line.
    let place = (x.pixel(start * 1.2) - 4, y.pixel(start * 1.2 * gigabytes) - 5)
    let rise = y.pixel(10 * y.range.lowerBound) - y.pixel(y.range.lowerBound)
    let run = x.pixel(10 * x.range.lowerBound) - x.pixel(x.range.lowerBound)
    let angle = LogAxis.degrees(rise: rise, run: run)
    let turn = "rotate(\(Self.number(angle)) \(Self.number(place.0)) \(Self.number(place.1)))"
    return "<g transform=\"\(turn)\">" + Self.text(place.0, place.1, label, size: 11, color: "#666") + "</g>\n"
  }

  // MARK: - Points

  /// Colours that stay apart for most kinds of colour blindness (after Okabe and Ito).
  static func color(_ group: KernelGroup) -> String {
    switch group {
    case .gemm: "#0072b2"
    case .skinnyGEMM: "#56b4e9"
    case .gemv: "#009e73"
    case .attentionPrefill: "#d55e00"
    case .attentionDecode: "#e69f00"
    case .softmax: "#cc79a7"
    case .normalization: "#882255"
    case .activation: "#999933"
    case .rope: "#332288"
    case .conversion: "#777777"
    case .packing: "#000000"
    case .workers: "#bbbbbb"
    }
  }

  private func marker(_ row: KernelRow, _ x: LogAxis, _ y: LogAxis) -> String {
    let title =
      "\(row.kernel) \(row.dtype) m \(row.m) n \(row.n) k \(row.k), \(row.threads) threads: "
      + "\(NumberFormat.significant(row.gflops)) GFLOP/s, \(NumberFormat.percent(row.fractionOfCeiling)) of the ceiling"
    let hollow = row.threads == 1 && ceilings.contains { $0.threads > 1 }
    return Self.shape(
      row.dtype, x.pixel(row.flops / row.bytes), y.pixel(row.gflops ?? 1), color: Self.color(row.group),
      hollow: hollow, title: title)
  }

  /// A circle for fp32, a square for bf16, a triangle for fp16.
  private static func shape(
    _ dtype: String, _ x: Double, _ y: Double, color: String, hollow: Bool = false, title: String
  ) -> String {
    let style =
      hollow
      ? "fill=\"white\" fill-opacity=\"0.6\" stroke=\"\(color)\" stroke-width=\"1.3\""
      : "fill=\"\(color)\" fill-opacity=\"0.8\" stroke=\"white\" stroke-width=\"0.6\""
    let element =
      switch dtype {
      case "bf16": "rect x=\"\(number(x - 4))\" y=\"\(number(y - 4))\" width=\"8\" height=\"8\""
      case "fp16":
        "path d=\"M\(number(x)) \(number(y - 5.5)) L\(number(x + 5)) \(number(y + 4)) L\(number(x - 5)) \(number(y + 4)) Z\""
      default: "circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"4.5\""
      }
    let name = element.prefix { $0 != " " }
    return "<\(element) \(style)><title>\(escaped(title))</title></\(name)>\n"
  }

  private func legend(groups: [KernelGroup]) -> String {
    let left = Self.plot.right + 30
    var y = Self.plot.top + 10
    var text = ""
    for group in groups {
      text += "<rect x=\"\(left - 6)\" y=\"\(y - 6)\" width=\"12\" height=\"12\" fill=\"\(Self.color(group))\"/>\n"
      text += Self.text(left + 16, y + 4, group.rawValue, size: 13)
      y += 22
    }
    y += 12
    for dtype in DType.allCases {
      text += Self.shape(dtype.rawValue, left, y, color: "#444", title: dtype.rawValue)
      text += Self.text(left + 16, y + 4, dtype.rawValue, size: 13)
      y += 22
    }
    return text
  }

  // MARK: - Elements

  private static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, color: String, dash: Bool = false, title: String = ""
  ) -> String {
    "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" stroke=\"\(color)\""
      + (dash ? " stroke-dasharray=\"5 4\"" : "")
      + (title.isEmpty ? "/>\n" : "><title>\(escaped(title))</title></line>\n")
  }

  private static func text(
    _ x: Double, _ y: Double, _ text: String, size: Int = 12, weight: String = "normal", anchor: String = "start",
    color: String = "#222"
  ) -> String {
    "<text x=\"\(number(x))\" y=\"\(number(y))\" font-size=\"\(size)\" font-weight=\"\(weight)\" "
      + "text-anchor=\"\(anchor)\" paint-order=\"stroke\" stroke=\"white\" stroke-width=\"3\" fill=\"\(color)\">\(escaped(text))</text>\n"
  }

  private static func number(_ value: Double) -> String { NumberFormat.fixed(value, 1) }

  private static func tick(_ value: Double) -> String {
    value >= 1 ? NumberFormat.fixed(value, 0) : String(value)
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { output, character in
      switch character {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      default: output.append(character)
      }
    }
  }
}
