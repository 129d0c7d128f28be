/// How pages look.
///
/// The eight colours are ordered so that neighbours differ in lightness as well as in hue, for readers to whom hues look
/// alike; each stands at 3:1 or more against its background, and text on it at 4.5:1 (WCAG 2.2).
enum PageStyle {
  static let source: HTML = """
    :root { --back: #fff; --panel: #f6f7f9; --text: #1a1d21; --muted: #565d66; --rule: #d9dde2; --grid: #e8ebef;
      --link: #00508c; --good: #00694b; --on: #fff;
      --c0: #00508c; --c1: #c04a00; --c2: #00785a; --c3: #a83a80; --c4: #8a5f00; --c5: #1f78b4; --c6: #5b4fa8; --c7: #5f6670; }
    @media (prefers-color-scheme: dark) {
      :root { --back: #12151a; --panel: #1b2027; --text: #e8ebef; --muted: #a5adb8; --rule: #37404b; --grid: #262d36;
        --link: #7cc0f5; --good: #5fd6ae; --on: #0b0e12;
        --c0: #5aaef0; --c1: #ff9157; --c2: #3fc9a2; --c3: #ea8fc4; --c4: #e6c04d; --c5: #a5dcf7; --c6: #ab9df2; --c7: #aab1ba; }
    }
    * { box-sizing: border-box; }
    html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: var(--back); color: var(--text);
      font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
    header, main, footer { max-width: 61rem; margin: 0 auto; padding: 0 1.25rem; }
    header { padding-top: 2.5rem; }
    footer { color: var(--muted); font-size: .875rem; padding-bottom: 3rem; }
    h1 { font-size: clamp(1.6rem, 4.5vw, 2.3rem); line-height: 1.2; margin: 0 0 .6rem; letter-spacing: -.01em; }
    h2 { font-size: 1.4rem; line-height: 1.25; margin: 3rem 0 .6rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
    h3 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; }
    p { margin: .5rem 0 .9rem; max-width: 46rem; overflow-wrap: anywhere; }
    a { color: var(--link); }
    code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .875em; }
    pre { background: var(--panel); border: 1px solid var(--rule); border-radius: 8px; padding: .75rem .9rem; margin: .4rem 0 1rem;
      white-space: pre-wrap; overflow-wrap: anywhere; }
    .lead { font-size: 1.1rem; color: var(--muted); }
    .skip { position: absolute; left: -999rem; }
    .skip:focus { left: 1rem; top: 1rem; background: var(--back); padding: .5rem 1rem; z-index: 2; }
    :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
    nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .35rem 1.1rem; padding: 0; margin: 1rem 0 0; }
    .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .8rem; margin: 1.2rem 0; padding: 0; }
    .card { background: var(--panel); border-radius: 10px; padding: .8rem 1rem; margin: 0; display: flex; flex-direction: column; }
    .card dt { color: var(--muted); font-size: .85rem; }
    .card dd { margin: auto 0 0; font-size: 1.45rem; font-weight: 650; line-height: 1.3; overflow-wrap: anywhere; }
    .card dd small { display: block; font-size: .8rem; font-weight: 400; color: var(--muted); }
    .notes { border-left: 4px solid var(--c1); background: var(--panel); border-radius: 0 8px 8px 0; padding: .6rem 1rem .6rem 1.8rem; }
    .notes li { overflow-wrap: anywhere; }
    figure { margin: 1.4rem 0 1.8rem; }
    figcaption { font-weight: 650; margin-bottom: .3rem; overflow-wrap: anywhere; }
    .caption { color: var(--muted); font-size: .9rem; margin: .3rem 0; }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; padding: 0; margin: .3rem 0 .2rem; font-size: .875rem; }
    .legend li { overflow-wrap: anywhere; }
    .swatch { vertical-align: -2px; }
    svg { display: block; width: 100%; height: auto; overflow: visible; }
    svg.swatch { display: inline-block; width: 30px; height: 14px; }
    .drawing { position: relative; }
    .drawing.narrow { display: none; }
    .panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18.5rem), 1fr)); gap: 1rem; }
    .panel-title { margin: 0; font-size: .875rem; overflow-wrap: anywhere; }
    @media (max-width: 640px) {
      .drawing.wide { display: none; }
      .drawing.narrow { display: block; }
      header, main, footer { padding-left: 1rem; padding-right: 1rem; }
    }
    svg text { fill: var(--text); font: 11px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
    svg .ticks text { fill: var(--muted); font-variant-numeric: tabular-nums; }
    svg .axis-title { fill: var(--muted); font-size: 12px; }
    svg .bar-name { font-size: 12px; font-weight: 600; }
    svg .label { paint-order: stroke; stroke: var(--back); stroke-width: 3px; stroke-linejoin: round; }
    svg .guide-label { fill: var(--muted); }
    svg .grid path { stroke: var(--grid); fill: none; }
    svg .axis { stroke: var(--muted); fill: none; }
    svg .guide { stroke: var(--muted); stroke-width: 1.6; fill: none; }
    svg .dashed { stroke-dasharray: 5 4; }
    .c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
    .c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); } .c7 { --c: var(--c7); }
    .line { stroke: var(--c); stroke-width: 2; fill: none; stroke-linejoin: round; }
    .line.d1 { stroke-dasharray: 7 4; } .line.d2 { stroke-dasharray: 2 3; }
    .mark, .sample { fill: var(--c); }
    path.mark { stroke: var(--back); stroke-width: 1; }
    rect.mark { stroke: var(--back); stroke-width: .6; }
    .interval { stroke: var(--c); stroke-width: 1.4; fill: none; }
    svg .inside { fill: var(--on); font-weight: 600; }
    details { margin: .4rem 0 1rem; }
    summary { cursor: pointer; color: var(--link); width: fit-content; }
    .figure-data { font-size: .9rem; }
    /* A shade at the right and at the bottom while there is more; the first two travel with the table and cover it. */
    .table { overflow: auto; max-height: max(24rem, 75vh); margin: .4rem 0 .6rem; background:
      linear-gradient(to left, var(--back) 40%, transparent) right / 2.5rem 100% no-repeat local,
      linear-gradient(to top, var(--back) 40%, transparent) bottom / 100% 2.5rem no-repeat local,
      linear-gradient(to left, var(--rule), transparent) right / 1.2rem 100% no-repeat,
      linear-gradient(to top, var(--rule), transparent) bottom / 100% 1.2rem no-repeat; }
    table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; min-width: 100%; }
    caption { text-align: left; color: var(--muted); padding: .2rem 0 .4rem; background: var(--back); }
    th, td { padding: .32rem .6rem; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: top; font-weight: 400; }
    td.number { white-space: nowrap; }
    tbody th.text { min-width: 12rem; }
    thead th { position: sticky; top: 0; background: var(--back); box-shadow: inset 0 -2px var(--rule); vertical-align: bottom; font-weight: 600; }
    th.text, td.text { text-align: left; overflow-wrap: anywhere; min-width: 7rem; max-width: 26rem; }
    tbody tr:hover { background: var(--panel); }
    th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: inherit; }
    th button:hover { text-decoration: underline; }
    th[aria-sort=ascending] button::after { content: " ↑"; } th[aria-sort=descending] button::after { content: " ↓"; }
    button.tool { font: inherit; font-size: .85rem; color: var(--link); background: var(--panel); border: 1px solid var(--rule);
      border-radius: 7px; padding: .3rem .75rem; cursor: pointer; }
    .predict { border: 1px solid var(--rule); border-radius: 10px; padding: .6rem 1rem 1rem; margin: 1rem 0; }
    .predict legend { font-weight: 650; padding: 0 .4rem; }
    .predict label { display: block; padding: .35rem .2rem; cursor: pointer; }
    .predict input { margin-right: .55rem; accent-color: var(--link); }
    .verdict { font-weight: 600; color: var(--good); margin: .3rem 0 0; }
    .verdict:empty { margin: 0; }
    .reveal > summary { font-weight: 600; padding: .3rem 0; }
    .answer { font-weight: 650; }
    .try { background: var(--panel); border-radius: 10px; padding: .7rem 1rem .2rem; }
    .try p { margin: 0; font-weight: 650; }
    @media print { .tools, button { display: none; } figure { break-inside: avoid; } }
    """
}
