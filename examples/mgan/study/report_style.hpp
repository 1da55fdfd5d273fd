// The style sheet of the report: light and dark by the reader's setting, light on paper.
#pragma once

namespace program {

inline constexpr const char* report_style = R"css(
:root { color-scheme: light dark;
  --ink: #1b212c; --paper: #ffffff; --muted: #5a6475; --rule: #dde2ea; --card: #f5f7fa; --bar: #7fb0ea; --right: #0f8f5f;
  --c0: #1866c4; --c1: #d06a00; --c2: #0b8a63; --c3: #b03088; --c4: #66707f; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e4e8ee; --paper: #13161b; --muted: #9ba5b4; --rule: #2c333e; --card: #1b2028; --bar: #3f78bb; --right: #3ecb95;
  --c0: #62aaff; --c1: #f6a545; --c2: #35c797; --c3: #ef7ac6; --c4: #9aa6b6; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 68rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; }
h2 { font-size: 1.25rem; margin: 2.8rem 0 .6rem; padding-top: 1.1rem; border-top: 1px solid var(--rule); }
p { margin: .4rem 0 .9rem; max-width: 46rem; }
.lead, .note, figcaption, dt { color: var(--muted); }
.note { font-size: .9rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .8rem; margin: 1.4rem 0; }
.tile { background: var(--card); border-radius: .6rem; padding: .8rem 1rem; }
.tile b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile span { color: var(--muted); font-size: .875rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .925rem; }
th, td { padding: .42rem .55rem; text-align: right; white-space: nowrap; }
th { font-weight: 500; color: var(--muted); }
thead tr:last-child th { border-bottom: 1px solid var(--rule); }
thead .group { text-align: center; }
tbody td { border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td small { color: var(--muted); display: block; line-height: 1.25; }
.first { padding-left: 1.4rem; }
.best td { font-weight: 650; }
.best td small { font-weight: 400; }
.rsum { min-width: 9rem; }
.rsum i { display: block; height: .35rem; margin-top: .15rem; border-radius: .2rem; background: var(--rule); overflow: hidden; }
.rsum b { display: block; height: 100%; background: var(--bar); }
.key { display: inline-block; width: 1.6rem; height: .7rem; margin-right: .45rem; overflow: visible; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1.2rem 1.6rem; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; font-size: .9rem; margin: .6rem 0 .4rem; }
figure { margin: 0; }
figure h3 { font-size: 1rem; font-weight: 600; margin: .4rem 0; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-size: 12px; fill: var(--muted); }
.grid path { stroke: var(--rule); fill: none; }
.grid .axis, .grid .tick { stroke: var(--muted); }
.grid .divider { stroke: var(--muted); stroke-dasharray: 3 3; }
.curve { fill: none; stroke-width: 1.7; stroke-linejoin: round; }
.curve.line-0 { stroke-width: 2.6; }
.faint { fill: none; stroke-width: .8; opacity: .22; }
.line-0 { stroke: var(--c0); } .line-1 { stroke: var(--c1); } .line-2 { stroke: var(--c2); }
.line-3 { stroke: var(--c3); } .line-4 { stroke: var(--c4); }
.curve.line-1 { stroke-dasharray: 8 3; } .curve.line-2 { stroke-dasharray: 2.5 2.5; }
.curve.line-3 { stroke-dasharray: 9 3 2 3; } .curve.line-4 { stroke-dasharray: 5 2.5; }
.dot { stroke-width: 0; } .dot.line-0 { fill: var(--c0); } .dot.line-1 { fill: var(--c1); }
.dot.line-2 { fill: var(--c2); } .dot.line-3 { fill: var(--c3); } .dot.line-4 { fill: var(--c4); }
.ring { fill: var(--paper); stroke-width: 2; }
.queries { display: grid; grid-template-columns: repeat(auto-fit, minmax(29rem, 1fr)); gap: 1.2rem; }
.query { background: var(--card); border-radius: .6rem; padding: 1rem 1.1rem; }
.query blockquote { margin: 0 0 .8rem; font-size: 1.05rem; line-height: 1.4; }
.found { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 1.1rem; }
.found img, .pair img { display: block; width: 100%; aspect-ratio: 1; image-rendering: pixelated; border-radius: .3rem; }
.found img.right { outline: 3px solid var(--right); outline-offset: 2px; }
.found figcaption { font-size: .8rem; line-height: 1.35; margin-top: .5rem; font-variant-numeric: tabular-nums; }
.found figcaption b { color: var(--ink); }
.found .extra { position: relative; }
.found .extra::before { content: ""; position: absolute; left: -.55rem; top: 0; bottom: 0; border-left: 1px dashed var(--muted); }
.tick { color: var(--right); font-weight: 700; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .8rem; max-width: 24rem; margin-bottom: .8rem; }
.pair div { position: relative; }
.pair svg { position: absolute; inset: 0; height: 100%; }
.pair .off { fill: #0b0e13; opacity: .8; }
.pair .on { fill: none; stroke: #fff; stroke-width: .04; }
.query ol { margin: 0; padding-left: 1.4rem; font-size: .92rem; }
.query li { margin-bottom: .35rem; }
.query li small { color: var(--muted); display: block; font-variant-numeric: tabular-nums; }
.query li.right { font-weight: 600; } .query li.right small { font-weight: 400; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.4rem; margin: .8rem 0; }
dd { margin: 0; }
code { font: .9em ui-monospace, "DejaVu Sans Mono", monospace; }
@media (max-width: 40rem) { .queries, .charts { grid-template-columns: minmax(0, 1fr); }
  .found { grid-template-columns: repeat(2, minmax(0, 1fr)); } dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@media print { :root { color-scheme: light;
    --ink: #000; --paper: #fff; --muted: #444; --rule: #ccc; --card: #fff; --bar: #7fb0ea; --right: #0f8f5f;
    --c0: #1866c4; --c1: #d06a00; --c2: #0b8a63; --c3: #b03088; --c4: #66707f; }
  body { padding: 0; max-width: none; font-size: 9.5pt; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .tile, .query { border: 1px solid var(--rule); }
  .queries, .charts { grid-template-columns: 1fr 1fr; }
  .query, figure, table, .tile { break-inside: avoid; } h2 { break-after: avoid; } }
)css";

}  // namespace program
