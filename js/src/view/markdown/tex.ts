/**
 * Find formulas in markdown: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`.
 *
 * A dollar is money unless it hugs its formula: what opens has no space behind it, what closes none
 * before it and no digit behind, and the first dollar that follows decides. Its one law: whether a
 * line begins a block depends on that line alone, and a block ends at its closing mark or at a blank
 * line, so that a growing text changes nothing behind its last block.
 */

import type { StateBlock, StateInline } from "markdown-it";
import type { dialect } from "./dialect";

const CLOSING: Readonly<Record<string, string>> = {
  $: "$",
  $$: "$$",
  "\\(": "\\)",
  "\\[": "\\]",
};
const BLOCK = /^(?:\$\$(?!\$)|\\\[)/;
/** A first line that leaves the rest to the next ones. `\\[x]` is more often an escaped bracket. */
const OPEN_LINE = /^(?:\$\$|\\\[(?:\s|$))/;
const WORD = /[\p{L}\p{N}]/u;
/** Prices with words between them: `$20 for one and 30$`. */
const PRICE = /^\d[^\\]*\s\p{L}{2,}/u;
/** Characters between two single dollars, at most: beyond, the first one was money. */
export const DOLLARS_APART = 400;

/** A formula in a line of text. */
export interface Found {
  readonly open: string;
  readonly tex: string;
  /** The offset behind its closing mark. */
  readonly end: number;
}

/** Teach a parser formulas. */
export function addFormulas(parser: ReturnType<typeof dialect>): void {
  parser.inline.ruler.before("escape", "formula", inlineRule);
  const alt = ["paragraph", "reference", "blockquote", "list"];
  parser.block.ruler.before("fence", "formula_block", blockRule, { alt });
}

/** The mark at `at` that could open a formula, or null. */
export function opening(text: string, at: number): string | null {
  const two = text.slice(at, at + 2);
  if (two === "\\(" || two === "\\[") return two;
  if (two[0] !== "$" || text[at - 1] === "$") return null;
  if (two === "$$") return text[at + 2] === "$" ? null : "$$";
  return /[\p{L}\p{N}]/u.test(text[at - 1] ?? "") || /^\s?$/.test(two[1] ?? "") ? null : "$";
}

/** The formula that starts at `at` and ends at `end` or before, or null. */
export function formulaAt(text: string, at: number, end = text.length): Found | null {
  const open = opening(text, at);
  if (!open) return null;
  const from = at + open.length;
  const close = CLOSING[open] ?? "";
  const to =
    open === "$"
      ? closingAt(text, from, close, from + DOLLARS_APART)
      : closingIn(text, from, close);
  if (to < 0 || to + close.length > end) return null;
  const tex = text.slice(from, to);
  if (!WORD.test(tex) || (open === "$" && !hugs(tex, text[to + 1] ?? ""))) return null;
  return { open, tex, end: to + open.length };
}

/** Draw the formula's marks around it again. */
export function written(open: string, tex: string): string {
  return open + tex + (CLOSING[open] ?? "");
}

function hugs(tex: string, next: string): boolean {
  return tex.length <= DOLLARS_APART && /\S$/.test(tex) && !/\d/.test(next) && !PRICE.test(tex);
}

/** Where `close` first stands, not counting what a backslash escapes; −1 if nowhere. */
function closingAt(text: string, from: number, close: string, last = text.length): number {
  for (let at = from; at <= last && at < text.length; at += text[at] === "\\" ? 2 : 1) {
    if (text.startsWith(close, at)) return at;
  }
  return -1;
}

let looked: { readonly text: string; readonly ends: Map<string, Int32Array> } | undefined;

/** As `closingAt`, but all answers for a text are found at once: it may open 50,000 and close none. */
function closingIn(text: string, from: number, close: string): number {
  if (looked?.text !== text) looked = { text, ends: new Map() };
  const ends = looked.ends.get(close) ?? endsOf(text, close);
  looked.ends.set(close, ends);
  return ends[from] ?? -1;
}

/** Where `close` stands first, seen from every place of `text`. */
function endsOf(text: string, close: string): Int32Array {
  const ends = new Int32Array(text.length + 2).fill(-1);
  for (let at = text.length - 1; at >= 0; at -= 1) {
    const next = ends[at + (text[at] === "\\" ? 2 : 1)] ?? -1;
    ends[at] = text.startsWith(close, at) ? at : next;
  }
  return ends;
}

function inlineRule(state: StateInline, silent: boolean): boolean {
  const found = formulaAt(state.src, state.pos, state.posMax);
  if (!found) return false;
  if (!silent) {
    const token = state.push("formula", "", 0);
    token.markup = found.open;
    token.content = found.tex;
  }
  state.pos = found.end;
  return true;
}

function blockRule(state: StateBlock, start: number, end: number, silent: boolean): boolean {
  if ((state.sCount[start] ?? 0) - state.blkIndent >= 4) return false;
  const first = lineOf(state, start);
  const [open] = BLOCK.exec(first) ?? [];
  if (open === undefined) return false;
  const close = CLOSING[open] ?? "";
  const closed = closingAt(first, open.length, close);
  if (closed >= 0 ? first.slice(closed + 2).trim() !== "" : !OPEN_LINE.test(first)) return false;
  if (silent) return closed >= 0 || first.trim() === open;
  let next = start + 1;
  let whole = closed >= 0;
  while (!whole && next < end && !isOutside(state, next)) {
    const line = lineOf(state, next);
    const at = closingAt(line, 0, close);
    // Words behind the closing mark: all is a paragraph, to the next blank line.
    whole = at >= 0 && line.slice(at + 2).trim() === "";
    next += 1;
  }
  push(state, start, next, open, whole);
  return true;
}

function isOutside(state: StateBlock, line: number): boolean {
  return state.isEmpty(line) || (state.sCount[line] ?? 0) < state.blkIndent;
}

function lineOf(state: StateBlock, line: number): string {
  return state.src.slice(
    (state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0),
    state.eMarks[line] ?? 0,
  );
}

function push(state: StateBlock, start: number, next: number, open: string, whole: boolean): void {
  const text = state.getLines(start, next, state.blkIndent, false).trim();
  const tex = text.slice(open.length, whole ? -open.length : undefined);
  // Still growing: shown as it will stand, for a formula's signs are no emphasis.
  const grows = !whole && state.env.open === true && next >= state.lineMax;
  state.line = next;
  if (grows || (whole && WORD.test(tex))) pushFormula(state, [start, next], open, tex, grows);
  else pushParagraph(state, [start, next], text);
}

function pushFormula(
  state: StateBlock,
  map: [number, number],
  open: string,
  tex: string,
  grows: boolean,
): void {
  const token = state.push("formula_block", "", 0);
  Object.assign(token, { markup: open, content: tex, map, meta: { grows } });
}

function pushParagraph(state: StateBlock, map: [number, number], text: string): void {
  state.push("paragraph_open", "p", 1).map = map;
  const inline = state.push("inline", "", 0);
  Object.assign(inline, { content: text, map, children: [] });
  state.push("paragraph_close", "p", -1);
}
