/** The report's only style sheet: light and dark, desk, phone and paper. Fonts are the reader's own, so nothing is fetched. */
export const reportStyle = `
:root{color-scheme:light dark;--ink:#1c2127;--muted:#58626d;--grid:#e4e7eb;--paper:#fff;--soft:#f5f7f9;--limit:#b3261e;
--series-1:#0072b2;--series-2:#c05500;--series-3:#00795a;--series-4:#9a4d82;--series-other:#98a2ad;--good:#00664b;--link:#005a8f}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e8ebee;--muted:#a3adb8;--grid:#313841;--paper:#14181d;--soft:#1c2229;--limit:#ff8a80;
--series-1:#58b4ea;--series-2:#f5a04c;--series-3:#3fc79d;--series-4:#dd96c8;--series-other:#6f7b87;--good:#4fd1a5;--link:#7cc4f0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header,footer{max-width:1120px;margin:0 auto;padding:0 24px}
header{padding-top:40px}
.kicker{margin:0;color:var(--muted);font-size:.875rem}
h1{margin:.25rem 0 0;font-size:1.625rem;line-height:1.3;font-weight:650;text-wrap:pretty;overflow-wrap:anywhere}
h2{margin:3rem 0 .25rem;font-size:1.25rem;font-weight:650}
p{margin:.5rem 0;max-width:75ch;text-wrap:pretty}
:focus-visible{outline:3px solid var(--series-1);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-999rem}.skip:focus{left:16px;top:8px;padding:.5rem 1rem;background:var(--paper);color:var(--ink);z-index:1}
main:focus{outline:none}
a{color:var(--link)}
nav{max-width:1120px;margin:1.5rem auto 0;padding:0 24px}
nav ul{display:flex;flex-wrap:wrap;gap:.375rem 1.25rem;margin:0;padding:0;list-style:none;font-size:.875rem}
.note{color:var(--muted);font-size:.9375rem}
.badge{display:inline-block;padding:.1rem .6rem;border:1px solid currentColor;border-radius:1rem;font-size:.8125rem;font-weight:600}
.decided{color:var(--good)}.tie,.undecided{color:var(--series-2)}.infeasible{color:var(--limit)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:12px;margin:1.5rem 0 0}
.facts div{background:var(--soft);border-radius:8px;padding:12px 16px}
.facts dt{color:var(--muted);font-size:.8125rem}
.facts dd{margin:0;font-size:1.125rem;font-weight:600;font-variant-numeric:tabular-nums}
.warnings{margin:1.25rem 0 0;padding:.75rem 1rem .75rem 2rem;border-left:3px solid var(--series-2);background:var(--soft);border-radius:0 8px 8px 0}
figure{margin:1rem 0 0}
figure svg{display:block;height:auto}
#curves-figure text,#frontier-figure text{paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}
.narrow{display:none}
table{width:100%;border-collapse:collapse;margin-top:1rem;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:.5rem .875rem .5rem 0;text-align:left;vertical-align:top}
thead .num{white-space:normal}
thead th{border-bottom:1px solid var(--muted);color:var(--muted);font-weight:500;font-size:.8125rem;vertical-align:bottom}
tbody tr{border-bottom:1px solid var(--grid)}
.num{text-align:right;white-space:nowrap}
tbody th{font-weight:500;overflow-wrap:anywhere;min-width:9rem}
tr.chosen{background:var(--soft)}
tr.chosen th{font-weight:700}
.sub{display:block;color:var(--muted);font-weight:400;font-size:.8125rem}
.why{min-width:15rem;max-width:26rem}
.verdict-chosen{color:var(--good);font-weight:700}.verdict-tied{color:var(--series-2);font-weight:600}
.swatch{display:inline-block;width:.8em;height:.8em;margin-right:.5em;border-radius:2px;opacity:.6}
li,dd{overflow-wrap:anywhere}
tr.here th,tr.here td{font-weight:700}
.scroll{overflow-x:auto}
pre{margin:1rem 0 0;padding:1rem;background:var(--soft);border-radius:8px;overflow:auto;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace}
dl.versions{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem;font-size:.9375rem}
dl.versions dt{color:var(--muted)}dl.versions dd{margin:0;overflow-wrap:anywhere}
summary{cursor:pointer;padding:.25rem 0}
footer{margin-top:3rem;padding-bottom:40px;color:var(--muted);font-size:.875rem}
@media screen and (max-width:760px){
main,header,footer{padding:0 16px}header{padding-top:24px}h1{font-size:1.3125rem}
.wide{display:none}.narrow{display:block}
nav{padding:0 16px}
.facts{grid-template-columns:1fr 1fr}.facts dd{font-size:1.0625rem}
.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stack,.stack tbody,.stack tr,.stack th,.stack td{display:block;max-width:none;min-width:0}
.stack tr{padding:.75rem 0}
.stack tr.chosen{padding:.75rem;border-radius:8px}
.stack th{padding:0 0 .25rem;font-size:1rem}
.stack td{display:flex;justify-content:space-between;gap:1rem;padding:.125rem 0;text-align:right;white-space:normal}
.stack td::before{content:attr(data-label);color:var(--muted);text-align:left;flex:none}
.stack td:has(.why){display:block;text-align:left;padding-bottom:.375rem}
.stack td:has(.why)::before{content:none}
.stack td:has(>.sub){flex-wrap:wrap;gap:0 1rem}
.stack td>.sub{flex-basis:100%;text-align:left}
.stack tr.here{padding:.75rem;background:var(--soft);border-radius:8px}
.stack td.blank,.stack td:empty{display:none}
dl.versions{grid-template-columns:1fr;gap:0}dl.versions dd{margin-bottom:.5rem}}
@media print{:root{color-scheme:light}nav,.skip{display:none}*{print-color-adjust:exact}.scroll{overflow:visible}thead{display:table-header-group}.wide{display:block}.narrow{display:none}body{font-size:10pt}main,header,footer{padding:0}header{padding-top:0}h1{font-size:15pt}h2{margin-top:1.75rem}table{font-size:7.5pt}thead th,.sub{font-size:7pt}th,td{padding:.3rem .5rem .3rem 0}tbody th{min-width:6.5rem}.why{min-width:6rem}.facts{grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}figure,tr{break-inside:avoid}h2{break-after:avoid}pre{white-space:pre-wrap;max-height:none}}
`.replaceAll('\n', '');
