/** The parts of a turn: tool cards, approvals, thinking, searches, errors, code headers. */
export const CARD_CSS = `
.card { border: 1px solid var(--cs-line); border-radius: 10px; background: var(--cs-bg); }
summary { cursor: pointer; list-style: none; border-radius: 8px; }
summary::-webkit-details-marker { display: none; }
details > summary::before { content: ""; flex: none; display: inline-block; width: 5px; height: 5px; margin: 0 3px 0 2px; border: solid var(--cs-dim); border-width: 0 1.5px 1.5px 0; transform: rotate(-45deg); transition: transform .12s; }
details[open] > summary::before { transform: rotate(45deg); }

.tool > summary { display: flex; gap: 8px; overflow: hidden; align-items: baseline; padding: 8px 12px; }
.tool > summary::before, .tool > summary > .dot { align-self: center; }
.tool > summary:hover { background: var(--cs-bg2); }
.tool .name { flex: 0 1 auto; min-width: 4ch; overflow: hidden; font: 600 13px/20px var(--cs-mono); text-overflow: ellipsis; white-space: nowrap; }
.tool .preview { flex: 0 1000 auto; min-width: 0; overflow: hidden; font: 12px/20px var(--cs-mono); text-overflow: ellipsis; white-space: nowrap; }
.tool[open] > summary .preview { display: none; }
.tool .status { flex: none; margin-inline-start: auto; font-size: 12px; font-weight: 500; }
.tool .time { flex: none; font-size: 12px; font-variant-numeric: tabular-nums; }
.tool .time:empty { display: none; }
.tool[data-state="running"] .status { color: var(--cs-accent); }
.tool[data-state="awaiting_approval"] { border-color: color-mix(in srgb, var(--cs-warn) 55%, var(--cs-bg)); }
.tool[data-state="awaiting_approval"] .status { color: var(--cs-warn); }
.tool[data-state="awaiting_approval"] > * > .dot { background: var(--cs-warn); }
.tool[data-state="done"] .status { color: var(--cs-ok); }
.tool[data-state="done"] > * > .dot { background: var(--cs-ok); }
.tool[data-state="failed"] .status { color: var(--cs-err); }
.tool[data-state="failed"] > * > .dot { background: var(--cs-err); }
.tool:is([data-state="denied"], [data-state="cancelled"]) .status { color: var(--cs-dim); }
.tool:is([data-state="denied"], [data-state="cancelled"]) > * > .dot { background: none; box-shadow: inset 0 0 0 2px var(--cs-dim); }
.tool > .body { display: flex; flex-direction: column; gap: 8px; padding: 0 12px 12px; }
.body > :empty { display: none; }
.label { margin-bottom: 2px; color: var(--cs-dim); font-size: 11px; font-weight: 600; letter-spacing: .02em; }
pre.plain { margin: 0; padding: 8px 12px; border-radius: 6px; background: var(--cs-bg2); font: 12.5px/1.5 var(--cs-mono); tab-size: 4; max-height: 60vh; overflow: auto; scrollbar-width: thin; }
.long .more { margin-top: 4px; }
.failure { padding: 8px 12px; border-radius: 6px; background: color-mix(in srgb, var(--cs-err) 9%, var(--cs-bg)); color: var(--cs-err); font-size: 13px; }
.tool[data-state="denied"] .failure { background: var(--cs-bg2); color: var(--cs-dim); }
.items > .tool + .tool { margin-top: -6px; }
figure { display: flex; flex-direction: column; gap: 4px; align-items: flex-start; margin: 0; }
figure > .picture { display: block; max-width: 100%; max-height: none; height: auto; border: 0; border-radius: 6px; background: #fff; }
.save { color: var(--cs-accent); font-size: 12px; text-underline-offset: .18em; }
.traceback > summary { display: inline-flex; gap: 6px; align-items: center; min-height: 24px; padding-inline-end: 6px; color: var(--cs-dim); font-size: 12px; font-weight: 500; }
.traceback > .long { margin-top: 4px; }

.progress { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; font-size: 12px; }
.progress .share { min-width: 4ch; font-variant-numeric: tabular-nums; text-align: end; }
.progress .share:empty { display: none; }
progress { flex: 1 1 160px; height: 6px; border: 0; border-radius: 3px; overflow: hidden; background: var(--cs-bg3); accent-color: var(--cs-accent); appearance: none; }
progress::-webkit-progress-bar { background: var(--cs-bg3); }
progress::-webkit-progress-value { border-radius: 3px; background: var(--cs-accent); transition: width .2s; }
progress::-moz-progress-bar { border-radius: 3px; background: var(--cs-accent); }
progress:indeterminate { background: linear-gradient(90deg, var(--cs-bg3) 30%, var(--cs-accent) 50%, var(--cs-bg3) 70%) 0 0 / 200% 100%; animation: cs-slide 1.6s infinite linear; }
progress:indeterminate::-webkit-progress-bar { background: none; }
@keyframes cs-slide { to { background-position: -200% 0; } }

.approval { display: flex; flex-direction: column; gap: 8px; }
.approval:not(.card)[data-state="pending"] { padding: 12px; border-radius: 8px; background: color-mix(in srgb, var(--cs-warn) 9%, var(--cs-bg)); }
.approval.card { padding: 12px; }
.approval.card[data-state="pending"] { border-color: color-mix(in srgb, var(--cs-warn) 55%, var(--cs-bg)); background: color-mix(in srgb, var(--cs-warn) 6%, var(--cs-bg)); }
.approval .title { font-weight: 600; overflow-wrap: anywhere; }
.approval:not(.card):not([data-state="pending"]) .title { display: none; }
.approval:not([data-state="pending"]) .plain.dim { display: none; }
.approval .note { color: var(--cs-warn); font-size: 12px; font-weight: 500; }
.approval .line { padding: 0; }
.approval[data-moving] .primary { pointer-events: none; }
.approval:focus-visible { outline-offset: 3px; }
.keys { display: none; font-size: 12px; }
.approval:focus-visible .keys { display: block; }
.remember { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; color: var(--cs-dim); font-size: 12px; }
select { max-width: 100%; min-height: 28px; padding: 3px 8px; border: 1px solid var(--cs-edge); border-radius: 8px; background: var(--cs-bg); color: var(--cs-fg); font: 12.5px/20px var(--cs-font); }

.outcome { font-size: 13px; color: var(--cs-dim); overflow-wrap: anywhere; }
[data-state="approved"] > .outcome::before { content: "✓ "; content: "✓ " / ""; color: var(--cs-ok); font-weight: 700; }
[data-state="denied"] > .outcome::before { content: "✕ "; content: "✕ " / ""; color: var(--cs-err); font-weight: 700; }
.approval .deny { display: flex; flex-direction: column; gap: 8px; }
.why { width: 100%; padding: 6px 10px; border: 1px solid var(--cs-edge); border-radius: 8px; background: var(--cs-bg); color: inherit; font: 13px/1.5 var(--cs-font); resize: vertical; }
.address { overflow-wrap: anywhere; font: 12.5px/1.5 var(--cs-mono); }
:is(.address, .search) a { color: var(--cs-accent); text-underline-offset: .18em; }

:is(.thinking, .search) > summary { display: inline-flex; gap: 6px; align-items: center; min-height: 24px; padding-inline-end: 6px; color: var(--cs-dim); font-size: 13px; }
.search > summary .dim::before { content: "· "; content: "· " / ""; }
:is(.thinking, .search) > summary:hover { color: var(--cs-fg); }
.thinking.open > summary { animation: cs-breathe 1.8s infinite ease-in-out; }
@keyframes cs-breathe { 50% { opacity: .55; } }
.thinking > div { margin-top: 4px; padding-inline-start: 12px; border-inline-start: 2px solid var(--cs-line); color: var(--cs-dim); font-size: 13px; }
.search ol { margin: 4px 0 0; padding-inline-start: 24px; font-size: 13px; }
.search li + li { margin-top: 8px; }

.part.error { padding: 10px 12px; border: 1px solid color-mix(in srgb, var(--cs-err) 40%, var(--cs-bg)); border-radius: 10px; background: color-mix(in srgb, var(--cs-err) 7%, var(--cs-bg)); font-size: 13px; }
.part.error strong { color: var(--cs-err); }
.part.note { font-size: 13px; }
.generic { padding: 8px 12px; font-size: 12px; }
.generic .long { margin-top: 4px; }

.code-header { display: flex; align-items: center; justify-content: space-between; gap: 8px; min-height: 32px; padding: 2px 4px 2px 12px; border-bottom: 1px solid var(--cs-line); color: var(--cs-dim); font: 12px/1.4 var(--cs-font); }

@media (forced-colors: active) {
  progress { height: 10px; border: 1px solid CanvasText; background: Canvas; forced-color-adjust: none; }
  progress::-webkit-progress-value { background: Highlight; forced-color-adjust: none; }
  .approval:not(.card)[data-state="pending"], pre.plain { border: 1px solid CanvasText; }
}
`;
