// The style sheet of a search page: light and dark by the reader's setting, one column on a phone.
#pragma once

namespace program::search {

inline constexpr const char* page_style = R"css(
:root { color-scheme: light dark;
  --ink: #1b212c; --paper: #ffffff; --muted: #5a6475; --rule: #dde2ea; --card: #f5f7fa;
  --region: #1866c4; --global: #0b8a63; --patch: #d06a00; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e4e8ee; --paper: #13161b; --muted: #9ba5b4; --rule: #2c333e; --card: #1b2028;
  --region: #62aaff; --global: #35c797; --patch: #f6a545; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
p { margin: .3rem 0 .8rem; max-width: 50rem; }
.note, figcaption { color: var(--muted); font-size: .875rem; }
.warning { border-left: 3px solid var(--patch); padding-left: .7rem; }
.query + .query { margin-top: 3.5rem; padding-top: 2rem; border-top: 1px solid var(--rule); }
.region { --c: var(--region); } .global { --c: var(--global); } .patch { --c: var(--patch); }
.asked { max-width: 16rem; }
.asked svg { border-radius: .5rem; }
svg { display: block; width: 100%; height: auto; }
svg.defs { position: absolute; width: 0; height: 0; }
.leave { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1rem; align-items: center; }
.leave > b { font-weight: 500; font-size: .9rem; }
.leave > b i { font-style: normal; color: var(--c); }
.strip { display: flex; gap: .4rem; overflow-x: auto; padding: 3px; }
.strip a, .strip span { flex: none; height: 4.4rem; border-radius: .3rem; overflow: hidden; display: block; }
.strip svg { width: auto; height: 100%; }
.strip .new { outline: 2px solid var(--c); outline-offset: 1px; }
.result { background: var(--card); border-radius: .7rem; padding: 1rem 1.1rem 1.1rem; margin: 0 0 1rem; }
.result header { display: flex; gap: .7rem; align-items: baseline; flex-wrap: wrap; margin-bottom: .7rem; }
.result header b { font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.result header code { color: var(--muted); font: .82rem ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.panels { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1rem; align-items: start; }
.panels.few { grid-template-columns: repeat(2, minmax(0, 1fr)); }
figure { margin: 0; }
figure svg { border-radius: .4rem; }
figcaption { margin-top: .45rem; line-height: 1.4; }
figcaption b { color: var(--ink); font-weight: 600; }
.words { display: flex; flex-wrap: wrap; gap: .25rem .3rem; margin-top: .45rem; font-size: .85rem; }
.words span { border-radius: .3rem; padding: .05rem .4rem; color: var(--ink); white-space: nowrap;
  background: color-mix(in srgb, var(--patch) var(--w), transparent); border: 1px solid var(--rule); }
.words small { opacity: .8; font-variant-numeric: tabular-nums; }
.bar { display: flex; height: .55rem; border-radius: .3rem; overflow: hidden; background: var(--rule); margin: 1rem 0 .5rem; }
.bar i { background: var(--c); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .875rem; }
th, td { padding: .2rem .9rem .2rem 0; text-align: right; white-space: nowrap; }
th { font-weight: 500; color: var(--muted); }
th:first-child, td:first-child { text-align: left; }
td:first-child::before { content: ""; display: inline-block; width: .6rem; height: .6rem; border-radius: .15rem;
  background: var(--c); margin-right: .45rem; }
.off { fill: #0b0e13; opacity: .82; }
.shade { fill: #0b0e13; }
.cell { fill: none; stroke: #fff; stroke-opacity: .75; }
.cell text { fill: #fff; stroke: #0b0e13; stroke-width: .22em; paint-order: stroke; font-variant-numeric: tabular-nums; }
.box { stroke: #fff; fill: #4aa3ff; }
.mark { fill: #d06a00; stroke: #fff; }
.mark + text { fill: #fff; font-weight: 700; text-anchor: middle; dominant-baseline: central; }
@media (max-width: 44rem) { body { padding: 1.2rem .8rem 3rem; } h1 { font-size: 1.3rem; }
  .panels, .panels.few { display: flex; overflow-x: auto; scroll-snap-type: x proximity; gap: .8rem; }
  .panels figure { flex: none; width: 84%; scroll-snap-align: start; }
  .leave { grid-template-columns: minmax(0, 1fr); gap: .15rem; } .strip { margin-bottom: .5rem; }
  .result { padding: .8rem; } th, td { padding-right: .6rem; font-size: .8rem; } th { white-space: normal; vertical-align: bottom; } }
@media print { :root { color-scheme: light; } .result, figure { break-inside: avoid; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
)css";

}  // namespace program::search
