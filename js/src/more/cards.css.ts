/** The looks of tables, of the JSON tree, of safe HTML and of the form for arguments. */
export const CARDS_CSS = `
.scroll { max-height: 340px; overflow: auto; border: 1px solid var(--cs-line); border-radius: 6px; scrollbar-width: thin; }
.result table { border-collapse: separate; border-spacing: 0; font-size: 12.5px; line-height: 20px; font-variant-numeric: tabular-nums; }
.scroll table { width: max-content; min-width: 100%; }
.result :is(th, td) { max-width: 320px; padding: 3px 12px; border-bottom: 1px solid var(--cs-line); text-align: start; vertical-align: top; overflow-wrap: break-word; }
.result thead th { position: sticky; top: 0; background: var(--cs-bg2); font-weight: 600; white-space: nowrap; }
.scroll tbody tr:last-child td { border-bottom: 0; }
.scroll tbody tr:hover td { background: var(--cs-bg2); }
.result .number { text-align: end; white-space: nowrap; }
.data .note { margin-top: 4px; font-size: 12px; }
.html .picture { max-width: 100%; height: auto; }
.html { max-height: 420px; overflow: auto; overflow-wrap: anywhere; font-size: 13px; scrollbar-width: thin; }
.html :is(p, ul, ol, h1, h2, h3, h4, h5, h6, pre, blockquote) { margin: 0 0 8px; }
.html :is(h1, h2, h3, h4, h5, h6) { font-size: 14px; line-height: 20px; }
.html a { color: var(--cs-accent); text-underline-offset: .18em; }
.tree { max-height: 420px; padding: 6px 12px; border-radius: 6px; overflow: auto; background: var(--cs-bg2); font: 12.5px/1.6 var(--cs-mono); overflow-wrap: anywhere; scrollbar-width: thin; }
.entries { padding-inline-start: 16px; border-inline-start: 1px solid var(--cs-line); margin-inline-start: 4px; }
.leaf { padding: 2px 0; padding-inline-start: 16px; }
.tree .key { color: var(--cs-accent); }
.tree .string { white-space: pre-wrap; }
.tree :is(.boolean, .null) { color: var(--cs-warn); }
.form { display: flex; flex-direction: column; gap: 8px; margin-top: 4px; padding: 12px; border: 1px solid var(--cs-line); border-radius: 8px; background: var(--cs-bg); }
.rows { display: flex; flex-direction: column; gap: 8px; }
.row { display: flex; gap: 4px; align-items: flex-end; }
.row:has(> .switch) { align-items: flex-start; }
.row > :first-child { flex: 1; min-width: 0; }
.row > .takeout { flex: none; min-width: 28px; min-height: 30px; padding: 0 6px; font-size: 15px; }
.field-row { display: flex; flex-direction: column; gap: 2px; }
.field-row.switch { flex-flow: row wrap; gap: 4px 8px; align-items: center; min-height: 30px; }
.field-row.switch > label { order: 1; }
.field-row.switch > .hint { order: 2; flex-basis: 100%; }
.field-row > label, legend { color: var(--cs-fg); font: 600 12px/18px var(--cs-mono); overflow-wrap: anywhere; }
.hint { font-size: 12px; }
fieldset { display: flex; flex-direction: column; gap: 8px; min-width: 0; margin: 0; padding: 4px 12px 12px; border: 1px solid var(--cs-line); border-radius: 8px; }
fieldset > button { align-self: flex-start; }
.field-row :is(input:not([type="checkbox"]), textarea, select) { width: 100%; min-height: 30px; padding: 4px 10px; border: 1px solid var(--cs-edge); border-radius: 8px; background: var(--cs-bg); color: inherit; font: 12.5px/20px var(--cs-mono); }
.field-row textarea { resize: vertical; }
.field-row input[type="checkbox"] { width: 24px; height: 24px; margin: 3px 0; accent-color: var(--cs-accent); }
.tree summary { display: inline-flex; gap: 6px; align-items: center; min-height: 24px; padding-inline-end: 6px; }
@media (forced-colors: active) { .tree, .form { border: 1px solid CanvasText; } }
`;
