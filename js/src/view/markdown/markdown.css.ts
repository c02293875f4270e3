/**
 * The styles of rendered markdown, for the view's shadow root.
 *
 * Colours and the mono font come from the view: `--cs-fg --cs-dim --cs-line --cs-bg --cs-bg2
 * --cs-accent --cs-mono`, and those of code, `--cs-keyword` and its like. Sizes are in `em`, so that
 * the text follows whatever it stands in. Margins stand above blocks only, and never above the first:
 * a message has no empty edges.
 */
export const MARKDOWN_CSS = `
.markdown {
  color: var(--cs-fg);
  line-height: 1.55;
  overflow-wrap: anywhere;
  text-wrap: pretty;
}
.markdown .blocks { contain: content; }
.markdown .blocks.done { content-visibility: auto; contain-intrinsic-size: auto 40em; }
.markdown :where(.blocks > *, li > *, blockquote > *) { margin: 0; }
.markdown :where(.blocks + .blocks, .blocks > * + *, blockquote > * + *) { margin-top: .8em; }
.markdown :where(li > * + :is(p, .code, .table, blockquote)) { margin-top: .55em; }

.markdown :is(h1, h2, h3, h4, h5, h6) {
  color: var(--cs-fg);
  font-weight: 650;
  line-height: 1.3;
  letter-spacing: -.006em;
  text-wrap: balance;
}
.markdown h1 { font-size: 1.4em; }
.markdown h2 { font-size: 1.22em; }
.markdown h3 { font-size: 1.08em; }
.markdown :is(h4, h5, h6) { font-size: 1em; }
.markdown :is(h5, h6) { color: var(--cs-dim); }
.markdown .blocks > * + :is(h1, h2) { margin-top: 1.35em; }
.markdown .blocks > * + :is(h3, h4, h5, h6) { margin-top: 1.15em; }
.markdown .blocks > :is(h1, h2, h3, h4, h5, h6) + * { margin-top: .45em; }

.markdown :is(strong, th) { font-weight: 650; }
.markdown s { color: var(--cs-dim); }
.markdown a {
  color: var(--cs-accent);
  text-decoration: underline;
  text-decoration-color: color-mix(in srgb, currentColor 35%, transparent);
  text-decoration-thickness: .07em;
  text-underline-offset: .18em;
}
.markdown a:hover { text-decoration-color: currentColor; }
.markdown a:focus-visible { outline: 2px solid var(--cs-accent); outline-offset: 2px; border-radius: 2px; }
.markdown .address[title] {
  text-decoration: underline dotted var(--cs-dim);
  text-underline-offset: .18em;
  cursor: help;
}
.markdown .image {
  display: inline-flex;
  gap: .45em;
  align-items: baseline;
  max-width: 100%;
  padding: .05em .5em;
  border: 1px solid var(--cs-line);
  border-radius: 6px;
  background: var(--cs-bg2);
  box-sizing: border-box;
}
.markdown .alt { flex: none; max-width: 60%; }
.markdown .image > :is(a, .address) {
  overflow: hidden;
  font-size: .86em;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.markdown .image > .address { color: var(--cs-dim); }
.markdown .image > button { flex: none; align-self: center; min-height: 22px; border-color: var(--cs-line); }
.markdown .image.loaded { display: inline-block; padding: 0; border: 0; background: none; }
.markdown .image.loaded > :not(img) { display: none; }
.markdown .image > img { display: block; max-width: 100%; max-height: 480px; border-radius: 6px; }

.markdown :is(ul, ol) { padding-inline-start: 1.6em; }
.markdown li + li { margin-top: .25em; }
.markdown li > :is(ul, ol) { margin-top: .25em; }
.markdown li::marker { color: var(--cs-dim); font-variant-numeric: tabular-nums; }
.markdown li.task { list-style: none; }
.markdown li.task input {
  appearance: none;
  display: inline-grid;
  place-content: center;
  width: 1.05em;
  height: 1.05em;
  margin: .25em .5em 0 -1.55em;
  border: 1px solid var(--cs-dim);
  border-radius: 3px;
  vertical-align: top;
}
.markdown li.task input:checked { border-color: var(--cs-accent); background: var(--cs-accent); }
.markdown li.task input:checked::before {
  width: .3em;
  height: .58em;
  margin-top: -.12em;
  border: solid var(--cs-bg);
  border-width: 0 .13em .13em 0;
  content: "";
  rotate: 45deg;
}

.markdown blockquote {
  padding: .1em 0 .1em 1em;
  border-inline-start: 3px solid var(--cs-line);
  color: var(--cs-dim);
}
.markdown hr {
  height: 0;
  border: 0;
  border-top: 1px solid var(--cs-line);
}
.markdown .blocks > :is(* + hr, hr + *) { margin-top: 1.3em; }

.markdown code { font-family: var(--cs-mono); font-size: .89em; }
.markdown :not(pre) > code {
  padding: .12em .36em;
  border-radius: 4px;
  background: var(--cs-bg2);
  box-decoration-break: clone;
  -webkit-box-decoration-break: clone;
}
.markdown .code {
  overflow: hidden;
  border: 1px solid var(--cs-line);
  border-radius: 8px;
  background: var(--cs-bg2);
}
.markdown pre {
  margin: 0;
  padding: .75em .95em;
  overflow-x: auto;
  line-height: 1.5;
  overflow-wrap: normal;
  tab-size: 4;
  white-space: pre;
}
.markdown pre > code { display: block; width: max-content; min-width: 100%; }
.markdown .lines { display: block; min-height: 1lh; }
.markdown .lines:not(:last-child) {
  content-visibility: auto;
  contain-intrinsic-size: auto 100% auto 96em;
}
.markdown .newline { display: none; }
.markdown .code.wrapped pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.markdown .code.wrapped pre > code { width: auto; }
.markdown .code[data-fold="closed"] pre {
  max-height: calc(40lh + .75em);
  overflow-y: hidden;
  mask-image: linear-gradient(#000 calc(100% - 4lh), #0004);
}
.markdown .code > .fold { display: block; width: 100%; border-radius: 0; border-top: 1px solid var(--cs-line); }
.markdown pre .comment { color: var(--cs-comment); font-style: italic; }
.markdown pre .string { color: var(--cs-string); }
.markdown pre :is(.number, .property) { color: var(--cs-number); }
.markdown pre .keyword { color: var(--cs-keyword); }
.markdown pre :is(.builtin, .function) { color: var(--cs-name); }
.markdown pre .meta { color: var(--cs-meta); }
.markdown pre .added { color: color-mix(in srgb, var(--cs-ok) 78%, var(--cs-fg)); background: color-mix(in srgb, var(--cs-ok) 11%, transparent); }
.markdown pre .removed { color: color-mix(in srgb, var(--cs-err) 82%, var(--cs-fg)); background: color-mix(in srgb, var(--cs-err) 11%, transparent); }
@media (forced-colors: active) {
  .markdown pre .keyword { font-weight: 700; }
}
@media print {
  .markdown .code[data-fold="closed"] pre { max-height: none; mask-image: none; }
}

.markdown .tex { font-family: var(--cs-mono); font-size: .89em; white-space: pre-wrap; }
.markdown div.math { overflow-x: auto; overflow-y: hidden; text-align: center; padding: .1em 0; }
.markdown div.math > .tex { display: inline-block; text-align: start; }
.markdown span.math.display { display: block; overflow-x: auto; overflow-y: hidden; text-align: center; }
.markdown .math.drawn { position: relative; }
/* Not seen, but selected and copied: the formula itself is not. */
.markdown .drawn > .tex { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: pre; }
.markdown math {
  font-family: "Cambria Math", "STIX Two Math", "Latin Modern Math", "Noto Sans Math", "DejaVu Math TeX Gyre", math;
  font-size: 1.12em;
  line-height: normal;
  text-indent: 0;
  -webkit-user-select: none;
  user-select: none;
}
.markdown math .tml-left { text-align: left; }
.markdown math .tml-right { text-align: right; }
.markdown math :is(.upstrike, .downstrike) { background: linear-gradient(to top left, transparent calc(50% - .04em), currentColor calc(50% - .03em), currentColor calc(50% + .03em), transparent calc(50% + .04em)); }
.markdown math .downstrike { background: linear-gradient(to top right, transparent calc(50% - .04em), currentColor calc(50% - .03em), currentColor calc(50% + .03em), transparent calc(50% + .04em)); }

.markdown .noteref {
  min-height: 0;
  padding: 0 .25em;
  border: 0;
  border-radius: 3px;
  background: none;
  color: var(--cs-accent);
  font-size: .75em;
  line-height: 1.6;
  vertical-align: super;
}
.markdown .note { display: flex; gap: .6em; color: var(--cs-dim); font-size: .92em; }
.markdown .note > .label { flex: none; min-width: 1.2em; color: var(--cs-accent); font-variant-numeric: tabular-nums; text-align: end; }
.markdown .note > .label:focus { outline: 2px solid var(--cs-accent); outline-offset: 2px; border-radius: 3px; }
.markdown .note > .says { min-width: 0; }
.markdown .note .says > * { margin: 0; }
.markdown .note .says > * + * { margin-top: .4em; }
.markdown .blocks > .note + .note { margin-top: .3em; }

.markdown .run { display: block; contain: content; }
.markdown .run:not(:last-child) { content-visibility: auto; contain-intrinsic-size: auto 100% auto 60em; }

.markdown .table { overflow-x: auto; }
.markdown .long > table { min-width: var(--least); }
.markdown .long :is(table, thead, tbody) { display: block; }
.markdown .long tr { display: grid; grid-template-columns: var(--columns); }
.markdown .long tbody { contain: content; }
.markdown .long tbody:not(:last-child) { content-visibility: auto; contain-intrinsic-size: auto 100% auto 150em; }
.markdown table {
  min-width: min(100%, 20em);
  border-collapse: separate;
  border-spacing: 0;
  border: 1px solid var(--cs-line);
  border-radius: 8px;
  font-variant-numeric: tabular-nums;
  overflow-wrap: break-word;
}
.markdown :is(th, td) {
  padding: .38em .8em;
  border-top: 1px solid var(--cs-line);
  text-align: start;
  vertical-align: top;
}
.markdown :is(th, td) + :is(th, td) { border-inline-start: 1px solid var(--cs-line); }
.markdown thead th { border-top: 0; background: var(--cs-bg2); white-space: nowrap; }
.markdown thead th:first-child { border-start-start-radius: 7px; }
.markdown thead th:last-child { border-start-end-radius: 7px; }
.markdown :is(th, td).left { text-align: left; }
.markdown :is(th, td).center { text-align: center; }
.markdown :is(th, td).right { text-align: right; }
`;
