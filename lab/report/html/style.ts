/** The page's style sheet. A module and no asset, so that the build has nothing to copy. */

export const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--soft:#57606a;--line:#d0d7de;--card:#f6f8fa;
--good:#116329;--bad:#b3181f;--bad-bg:#ffebe9;--unsure:#7a4b00;--belief:#9cc4f2;--belief-fg:#0a2b4f;
--truth:#2f8f5b;--truth-fg:#fff;--truth-soft:#a9d8bf;--lie-a:#f7b5b0;--lie-b:#cf2f2f;--stop:#3d4752;
--server:#e1e6ec;--leader:#c9b8ef;--fault:#f3d19a;--link:#0958b3}
@media (prefers-color-scheme:dark){:root{--bg:#0f1318;--fg:#e4e9ef;--soft:#9aa6b2;--line:#323b45;--card:#171d24;
--good:#5dd08b;--bad:#ff8a80;--bad-bg:#3b1518;--unsure:#f0b95b;--belief:#24558c;--belief-fg:#e6f1ff;
--truth:#2c8a58;--truth-fg:#fff;--truth-soft:#2c6a4c;--lie-a:#8c2a2c;--lie-b:#ff6b62;--stop:#c3ccd6;
--server:#2a323b;--leader:#51407f;--fault:#7a5518;--link:#7db8ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
header,main,footer{max-width:1240px;margin:0 auto;padding:0 20px}
header{padding-top:22px}
h1{font-size:30px;line-height:1.2;margin:2px 0 8px;overflow-wrap:anywhere}
h2{font-size:20px;margin:34px 0 8px}
h3{font-size:15px;margin:16px 0 4px}
p{margin:6px 0}
code,pre{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.9em;overflow-wrap:anywhere}
a{color:var(--link)}
small{display:block;color:var(--soft);font-size:12px;font-weight:400;line-height:1.4}
.kicker,.note{color:var(--soft);font-size:13px}
.lead{font-size:17px}
.verdict{display:inline-block;font-weight:700;white-space:nowrap}
h1 .verdict{padding:2px 12px;border:2px solid;border-radius:6px;margin-left:8px;text-transform:uppercase;font-size:22px;vertical-align:3px}
.holds{color:var(--good)}.violated,.bad,.broken{color:var(--bad)}.unknown{color:var(--unsure)}.not-applicable{color:var(--soft)}
blockquote{margin:14px 0;padding:10px 16px;border-left:5px solid var(--line);background:var(--card);font-size:17px;overflow-wrap:anywhere}
blockquote.broken-rule{border-color:var(--bad);background:var(--bad-bg)}
blockquote .label{font-size:12px;text-transform:uppercase;letter-spacing:.05em;color:var(--soft)}
blockquote .broken{font-size:15px}
.expected{font-size:15px;font-weight:400;color:var(--soft);vertical-align:4px;margin-left:6px}.expected.bad{color:var(--bad);font-weight:700}
.figures{display:flex;flex-wrap:wrap;gap:10px;margin:14px 0 0}
.figures div{max-width:520px;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:6px 14px;display:flex;flex-direction:column}
.figures dd{margin:0;font-size:22px;font-weight:700}.figures dt{color:var(--soft);font-size:13px}
.groups{list-style:none;display:flex;flex-wrap:wrap;gap:10px;margin:14px 0 6px;padding:0}
.groups li{flex:1 1 200px;max-width:400px;border:1px solid var(--line);border-left:5px solid;border-radius:6px;padding:6px 12px;background:var(--card)}
.groups strong{color:var(--fg)}.groups div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 10px}
.groups small.end{color:var(--fg);margin-top:3px}
.glossary{margin:10px 0}.glossary summary,.all>summary{padding:6px 0;font-weight:600}.glossary dl{margin:4px 0;columns:2 420px;column-gap:30px;font-size:13px}
.glossary div{break-inside:avoid;padding:3px 0}.glossary dt{display:inline;font-weight:700}.glossary dt::after{content:": "}.glossary dd{display:inline;margin:0}
.reasons{margin:6px 0;padding-left:22px}
.wide{overflow-x:auto}
table{border-collapse:collapse;margin:8px 0;min-width:50%}
th,td{text-align:left;vertical-align:top;padding:6px 14px 6px 0;border-bottom:1px solid var(--line)}
thead th{font-size:12px;color:var(--soft);vertical-align:bottom}
td.n,.exposure thead th:nth-child(n+3){text-align:right}
td.bad{font-weight:700}
.claims{width:100%}.claims th[scope=row]{width:27%;min-width:210px}
.facts td{overflow-wrap:anywhere}
details.finding{border:1px solid var(--line);border-left:5px solid var(--unsure);border-radius:6px;margin:8px 0;background:var(--card)}
details.finding.violation{border-left-color:var(--bad)}
details.finding.warning{border-left-color:var(--line)}
summary{cursor:pointer;padding:8px 12px;overflow-wrap:anywhere}
.grade{font-weight:700}.violation .grade{color:var(--bad)}.finding.unknown .grade{color:var(--unsure)}
.finding.unknown,.finding.warning{color:var(--fg)}
.body{padding:0 14px 10px}
.story{margin:4px 0 10px;padding-left:24px;font-size:16px;overflow-wrap:anywhere}
.evidence{margin:0;padding-left:22px}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
pre.replay{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:10px 14px;white-space:pre-wrap}
.toolbar{display:flex;flex-wrap:wrap;gap:6px;align-items:center;margin:8px 0}
.toolbar[hidden]{display:none}
.toolbar .note{flex-basis:100%;margin:0}
button{font:inherit;font-size:13px;padding:3px 10px;border:1px solid var(--line);border-radius:5px;background:var(--card);color:var(--fg);cursor:pointer}
output{font:13px ui-monospace,"DejaVu Sans Mono",monospace;color:var(--soft)}
.legend{list-style:none;display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:2px 16px;padding:0;margin:10px 0;font-size:13px}
.legend li{display:flex;gap:8px;align-items:center}
.legend svg{flex:none}
.drawing{display:flex;border:1px solid var(--line);border-radius:6px;background:var(--bg);padding:0 10px;margin:10px 0}
.names{flex:none;width:172px;padding-right:10px}
.tale .names{width:172px}
.scroll{flex:1;min-width:0;overflow-x:auto;overflow-y:hidden;cursor:grab;touch-action:pan-y}
.tale .scroll{cursor:auto}.tale .track{min-width:700px}.drawing .heading,.drawing .note{paint-order:stroke;stroke:var(--bg);stroke-width:3px}
#m-unknown text{fill:currentColor;font-size:10px;stroke:none}
.drawing svg{display:block}.drawing .track svg{display:inline}
.drawing text{fill:var(--fg);font-size:12px}
.drawing .row,.drawing .tick,.drawing .note{fill:var(--soft);font-size:11px}
.drawing .heading{font-weight:700;font-size:13px}.drawing .who{font-weight:600}
.grid{stroke:var(--line)}.rule{stroke:var(--line)}
.bound line{stroke:var(--soft);stroke-dasharray:2 4}
.belief rect{fill:var(--belief)}.belief text{fill:var(--belief-fg)}
.lie rect{fill:url(#p-lie)}.drawing .lie text{fill:var(--bad);font-weight:700;stroke:var(--bg);stroke-width:4px;paint-order:stroke}
.lie.asleep rect{opacity:.75}.lie.doubt rect{opacity:.45}
.lie-a{fill:var(--lie-a)}.lie-b{fill:var(--lie-b)}.stopped-a{fill:var(--stop);opacity:.55}
.term rect{fill:var(--truth)}.term text{fill:var(--truth-fg)}
.term.maybe rect{fill:var(--truth-soft)}
.term.open rect{stroke:var(--truth);stroke-dasharray:3 3}
.stopped rect{fill:url(#p-stopped);stroke:var(--stop);stroke-opacity:.5}
.stopped text,.cut text{stroke:var(--bg);stroke-width:4px;paint-order:stroke;font-size:11px}
.tint rect{fill:var(--stop);opacity:.16}
.tint,.flight,.moment{pointer-events:none}
.cut rect{fill:var(--fault);fill-opacity:.25;stroke:var(--fault);stroke-dasharray:6 3}
.held rect{fill:var(--unsure)}
.alive rect{fill:var(--soft)}
.server rect{fill:var(--server)}.server.leader rect{fill:var(--leader)}
.server.unreachable rect,.server.electing rect{fill:none;stroke:var(--line);stroke-dasharray:4 3}
.fault rect{fill:var(--fault)}.fault.none rect{fill:none;stroke:var(--fault);stroke-dasharray:4 3}
.good path{stroke:var(--good);stroke-width:1.2px;vector-effect:non-scaling-stroke}
.hit{fill:transparent}
.stroke{fill:none;stroke-width:1.8;stroke:currentColor}
.mark{color:var(--soft)}.mark.good{color:var(--good)}
.mark.stale,.mark.leaderless,.mark.decided{color:var(--bad)}.mark.foreign,.mark.unknown{color:var(--unsure)}
.mark.fenced,.mark.refused{color:var(--good)}
.thick{stroke-width:3.4}.mark text{fill:currentColor;font-size:10px;stroke:none}
.fine,.finest{display:none}.near .fine,.close .finest{display:inline}.close .tick.fine{display:none}
.drawing .tick.zx.bad{fill:var(--bad)}
.halo{fill:var(--bg);opacity:.85}.halo.solid{opacity:1}.hollow{fill:var(--bg)}
.shapes{position:absolute}
.flight{stroke:var(--bad);stroke-dasharray:2 3;stroke-width:1.5}
.flag line{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:6 3;opacity:0}
.flag text{opacity:0;paint-order:stroke;stroke:var(--bg);stroke-width:4px}.drawing .flag text{fill:var(--bad)}.flag:target line,.flag.on line,.flag:target text,.flag.on text{opacity:1}
.leftout rect{fill:var(--bg)}.leftout line{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:5 3}
.stopping rect{fill:var(--bg);opacity:.72}.legend .stopping rect{fill:var(--card);stroke:var(--line);opacity:1}
.moment line{stroke:var(--soft);stroke-dasharray:3 3}
.drawing .moment text{font-size:12.5px;paint-order:stroke;stroke:var(--bg);stroke-width:4px}
.moment.bad line{stroke:var(--bad);stroke-dasharray:none;stroke-width:2}.drawing .moment.bad text{fill:var(--bad);font-weight:700}
.picking [data-k]{opacity:.35}.picking [data-k].on{opacity:1}
.picking .on rect{stroke:var(--fg);stroke-width:1.5}
#tip{position:fixed;z-index:9;max-width:420px;padding:6px 10px;border-radius:5px;background:var(--fg);color:var(--bg);font-size:12.5px;line-height:1.4;pointer-events:none;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:13px;padding-top:20px;padding-bottom:30px}
@media (max-width:700px){.tale .words{display:none}.tale .track{min-width:560px}}
@media (max-width:900px){.timeline .track{min-width:900px}.zx:nth-of-type(even){display:none}.names,.tale .names{width:140px}.drawing .names text{font-size:10.5px}.legend{grid-template-columns:1fr 1fr}}
@media print{details.all::details-content{content-visibility:visible;block-size:auto}.claims th,.claims td{padding:2px 8px 2px 0;font-size:10.5px}.claims small{font-size:9.5px;line-height:1.25}.evidence li{font-size:11px}
.toolbar,#tip,.goto{display:none}.scroll{overflow:hidden}.track{width:100%!important}.tale .track,.timeline .track{min-width:0}
h2,h3,.note,summary,.claims thead,.exposure thead{break-after:avoid}tr,.drawing,.groups li,.figures,blockquote,.legend li,.story li{break-inside:avoid}
#timeline-section{break-before:page}.legend{grid-template-columns:1fr 1fr 1fr;font-size:10px}.figures dd{font-size:16px}.figures dt{font-size:10px}
body{font-size:12px}.story,.lead,blockquote{font-size:13px}.drawing text,.drawing .heading{font-size:10px}.drawing .moment text{font-size:9.5px}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
