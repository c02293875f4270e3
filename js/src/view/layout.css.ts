/** The frame: chat, cell, composer, buttons, status line. */
export const LAYOUT_CSS = `
:host { display: block; contain: layout style; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.cs { color: var(--cs-fg); font: 14px/1.5 var(--cs-font); text-align: start; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.dim { color: var(--cs-dim); }
pre, code, kbd { direction: ltr; unicode-bidi: isolate; }
.plain { white-space: pre-wrap; overflow-wrap: anywhere; }

button {
  padding: 4px 12px; min-height: 30px;
  border: 1px solid var(--cs-edge); border-radius: 8px;
  background: var(--cs-bg); color: var(--cs-fg);
  font: 500 13px/20px var(--cs-font); cursor: pointer;
  transition: background-color .12s, border-color .12s;
}
button:hover { background: var(--cs-bg3); }
button:active { background: var(--cs-line); }
button.primary { border-color: var(--cs-accent); background: var(--cs-accent); color: var(--cs-on-accent); }
button.primary:enabled:hover { background: color-mix(in srgb, var(--cs-accent) 86%, var(--cs-fg)); }
button.danger { border-color: var(--cs-err); color: var(--cs-err); }
button.quiet { min-height: 24px; padding: 1px 8px; border-color: transparent; background: none; color: var(--cs-dim); font-size: 12px; }
button.quiet:hover { background: var(--cs-bg3); color: var(--cs-fg); }
button:disabled { border-color: var(--cs-line); background: var(--cs-bg2); color: var(--cs-dim); cursor: default; }
button.quiet:disabled { border-color: transparent; background: none; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
:focus-visible { outline: 2px solid var(--cs-accent); outline-offset: 2px; }
:is(.log, pre):focus-visible { outline-offset: -2px; border-radius: 8px; }

.chat { position: relative; display: flex; flex-direction: column; overflow: hidden; border: 1px solid var(--cs-line); border-radius: 12px; background: var(--cs-bg); }
.middle { position: relative; min-height: 0; }
.chat .log { max-height: max(160px, min(70vh, 720px, var(--cs-room, 100vh) - 140px)); overflow-y: auto; overscroll-behavior: contain; padding: 16px; scrollbar-width: thin; }
.content { display: flex; flex-direction: column; gap: 24px; max-width: 820px; margin: 0 auto; }
.earlier { display: block; margin: 0 auto 16px; }
.jump { position: absolute; z-index: 1; inset: auto 0 12px; display: flex; justify-content: center; pointer-events: none; }
.jump button { pointer-events: auto; border-color: var(--cs-line); border-radius: 16px; box-shadow: 0 2px 8px rgb(0 0 0 / .18); }
.jump button::before { content: "↓ "; content: "↓ " / ""; }

.empty { max-width: 560px; margin: 0 auto; padding: 24px 8px; text-align: center; }
.empty h2 { margin: 0 0 4px; font: 600 18px/1.35 var(--cs-font); letter-spacing: -.01em; }
.empty p { margin: 0 auto 20px; max-width: 44ch; text-wrap: balance; }
.examples { display: flex; flex-direction: column; gap: 8px; }
.example { display: flex; gap: 12px; justify-content: space-between; padding: 8px 16px; border-color: var(--cs-line); font-weight: 400; text-align: start; }
.example::after { content: "→"; content: "→" / ""; color: var(--cs-dim); }

.prompt { display: flex; flex-direction: column; gap: 4px; align-items: flex-end; margin-bottom: 16px; }
.bubble { max-width: min(85%, 640px); padding: 8px 14px; border-radius: 16px; border-end-end-radius: 4px; background: var(--cs-tint); max-height: 40vh; overflow-y: auto; }
.files { display: flex; flex-wrap: wrap; gap: 4px; align-items: flex-start; }
.chat .prompt .files { justify-content: flex-end; }
.chip { padding: 1px 10px; border: 1px solid var(--cs-line); border-radius: 12px; background: var(--cs-bg2); font-size: 12px; }
.chip > button { min-height: 20px; padding: 0 4px; margin-inline-start: 4px; }
details.file { max-width: 100%; }
details.file > summary { display: inline-flex; gap: 4px; align-items: center; cursor: pointer; list-style: none; }
details.file > summary::-webkit-details-marker { display: none; }
.acts { display: inline-flex; flex-wrap: wrap; gap: 0 4px; align-items: center; }
.footer > span:empty { display: none; }
.footer > span:empty + .branch[hidden] + .acts { margin-inline-start: -8px; }
/* Our own words keep their order in a page that reads from right to left. */
:is(.footer, .note, .line, .status-line, .head, .title) > span, .line { unicode-bidi: plaintext; }
.footer button:not(.quiet) { min-height: 26px; margin-inline-start: 4px; padding: 1px 10px; font-size: 12px; }
.switcher { display: inline-flex; gap: 2px; align-items: center; font-variant-numeric: tabular-nums; }
.switcher button { padding: 1px 6px; font-size: 15px; line-height: 18px; }
.turn .acts button:not(:focus-visible) { transition: color .12s; }
.cell .prompt { align-items: flex-start; margin-bottom: 8px; }
.prompt .note { font-size: 12px; }

/* Turns out of sight are not laid out; the margin gives focus rings room that containment clips. */
.chat .turn { content-visibility: auto; contain-intrinsic-size: auto 320px; margin: 0 -4px; padding: 0 4px; }
.items { display: flex; flex-direction: column; gap: 12px; }
.part.cut { opacity: .82; }
.footer { display: flex; flex-wrap: wrap; gap: 0 8px; align-items: center; margin-top: 8px; font-size: 12px; font-variant-numeric: tabular-nums; }
.pulse { display: flex; gap: 4px; padding: 8px 2px; }
.items:not(:empty) + .pulse { margin-top: 4px; }
.pulse i { width: 6px; height: 6px; border-radius: 50%; background: var(--cs-accent); animation: cs-pulse 1.4s infinite ease-in-out; }
.pulse i:nth-child(2) { animation-delay: .18s; }
.pulse i:nth-child(3) { animation-delay: .36s; }
@keyframes cs-pulse { 0%, 70%, 100% { opacity: .25; } 35% { opacity: 1; } }

.cell { padding: 4px 0 4px 14px; border-inline-start: 2px solid var(--cs-line); }
.cell:is([data-status="running"], [data-status="queued"]) { border-color: var(--cs-accent); }
.cell[data-status="awaiting_approval"] { border-color: var(--cs-warn); }
.cell[data-status="failed"] { border-color: var(--cs-err); }
.cell[data-status="absent"] .head { display: none; }
.head { display: flex; gap: 8px; align-items: center; min-height: 24px; margin-bottom: 6px; font-size: 12px; }
.head .agent { font-weight: 600; }
.head .stop { margin: -3px 0 -3px auto; min-height: 26px; padding: 1px 10px; font-size: 12px; }
.said { margin: -2px 0 8px; font-size: 12px; }
.cell .log { max-width: 820px; }

.dot { flex: none; width: 8px; height: 8px; border-radius: 50%; background: var(--cs-dim); }
:is([data-status="running"], [data-state="running"], [data-state="working"]) > * > .dot,
.status-line[data-state="working"] > .dot { background: var(--cs-accent); animation: cs-glow 1.6s infinite ease-in-out; }
[data-status="complete"] > .head > .dot, .status-line[data-state="ready"] > .dot { background: var(--cs-ok); }
:is([data-status="awaiting_approval"], [data-status="queued"]) > .head > .dot,
.status-line:is([data-state="asking"], [data-state="away"], [data-state="busy"], [data-state="reconnecting"], [data-state="connecting"]) > .dot { background: var(--cs-warn); }
[data-status="failed"] > .head > .dot, .status-line[data-state="gone"] > .dot { background: var(--cs-err); }
@keyframes cs-glow { 0%, 100% { box-shadow: 0 0 0 0 color-mix(in srgb, var(--cs-accent) 45%, transparent); } 50% { box-shadow: 0 0 0 4px color-mix(in srgb, var(--cs-accent) 0%, transparent); } }

.bottom { position: relative; padding: 0 12px 8px; box-shadow: 0 -10px 10px -2px var(--cs-bg); }
.composer { max-width: 844px; margin: 0 auto; }
.field { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: flex-end; justify-content: flex-end; padding: 6px; border: 1px solid var(--cs-edge); border-radius: 14px; background: var(--cs-bg); transition: border-color .12s, box-shadow .12s; }
.field:focus-within { border-color: var(--cs-accent); box-shadow: 0 0 0 1px var(--cs-accent); }
.composer.off .field { border-color: var(--cs-line); background: var(--cs-bg2); }
.composer textarea { flex: 1 1 100px; min-height: 30px; padding: 4px 8px; border: 0; outline: 0; background: none; color: inherit; font: 14px/22px var(--cs-font); resize: none; scrollbar-width: thin; }
textarea::placeholder { color: var(--cs-dim); opacity: 1; }
.attach { min-height: 30px; width: 30px; padding: 0; border-radius: 8px; font-size: 20px; line-height: 26px; }
.drop { position: absolute; z-index: 2; inset: 4px; display: flex; align-items: center; justify-content: center; border: 2px dashed var(--cs-accent); border-radius: 10px; background: color-mix(in srgb, var(--cs-bg) 88%, transparent); font-weight: 600; pointer-events: none; }
.menu { display: inline-flex; flex-wrap: wrap; gap: 0 4px; margin-inline-start: auto; }
.sums { font-variant-numeric: tabular-nums; }
.line { padding: 2px 8px 6px; color: var(--cs-dim); font-size: 13px; }
.line.failed { color: var(--cs-err); }
.status-line { display: flex; flex-wrap: wrap; gap: 2px 8px; align-items: center; max-width: 844px; min-height: 24px; margin: 6px auto 0; padding: 0 8px; color: var(--cs-dim); font-size: 12px; }
.cell .status-line { margin: 8px 0 0; padding: 0; }
.status-line[data-state="gone"] > span { color: var(--cs-fg); }
.status-line[data-state="connecting"] { animation: cs-appear .2s .8s backwards; }
@keyframes cs-appear { from { opacity: 0; } }
.status-line strong { color: var(--cs-fg); font-weight: 600; }
.cell .status-line strong, strong:empty { display: none; }
.status-line code { padding: 2px 6px; border-radius: 4px; background: var(--cs-bg3); font: 12px/1.4 var(--cs-mono); white-space: pre-wrap; overflow-wrap: anywhere; }
.status-line .resume { display: inline-flex; flex-wrap: wrap; gap: 4px; align-items: center; }

@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { animation: none !important; transition: none !important; }
  .pulse i { opacity: .7; }
}
@media (forced-colors: active) {
  button, .field, .card, .bubble, .chip { border: 1px solid ButtonText; }
  button.primary:not(:disabled) { border-color: Highlight; background: Highlight; color: HighlightText; forced-color-adjust: none; }
  .dot, .pulse i { background: CanvasText; forced-color-adjust: none; }
}
`;
