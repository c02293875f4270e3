/**
 * Read footnotes: `[^label]` in a text, and `[^label]: what it says` where it is defined.
 *
 * A definition stands where its author put it. Its one law: a label is a note's only if the text
 * defines it, before or after; definitions share the table of link definitions, under names that no
 * link can have, so a late one renews what names it.
 */

import type { StateBlock, StateInline } from "markdown-it";
import type { dialect } from "./dialect";

type Dialect = ReturnType<typeof dialect>;

const REFERENCE = /\[\^([^\s[\]]{1,60})\]/y;
const DEFINITION = /\[\^([^\s[\]]{1,60})\]:[ \t]*/y;
/** Columns by which the further lines of a note are set in. */
const INDENT = 4;

/** Teach a parser footnotes. */
export function addNotes(parser: Dialect): void {
  parser.inline.ruler.before("link", "note_reference", (state, silent) =>
    readReference(parser, state, silent),
  );
  parser.block.ruler.before(
    "reference",
    "note",
    (state, start, end, silent) => readNote(parser, state, start, end, silent),
    { alt: ["paragraph", "reference"] },
  );
}

function readReference(parser: Dialect, state: StateInline, silent: boolean): boolean {
  REFERENCE.lastIndex = state.pos;
  const [whole, label] = REFERENCE.exec(state.src) ?? [];
  if (whole === undefined || label === undefined || state.pos + whole.length > state.posMax)
    return false;
  if (!state.env.references?.[parser.utils.normalizeReference(whole)]) return false;
  if (!silent) state.push("note_reference", "", 0).content = label;
  state.pos += whole.length;
  return true;
}

function readNote(
  parser: Dialect,
  state: StateBlock,
  start: number,
  end: number,
  silent: boolean,
): boolean {
  if ((state.sCount[start] ?? 0) - state.blkIndent >= 4) return false;
  const mark = (state.bMarks[start] ?? 0) + (state.tShift[start] ?? 0);
  DEFINITION.lastIndex = mark;
  const [whole, label] = DEFINITION.exec(state.src) ?? [];
  if (whole === undefined || label === undefined) return false;
  if (silent) return true;
  const references = state.env.references ?? {};
  state.env.references = references;
  references[parser.utils.normalizeReference(`[^${label}]`)] ??= { href: "", title: "" };
  const opened = state.push("note_open", "div", 1);
  opened.content = label;
  readBody(parser, state, [start, end], mark + whole.length);
  opened.map = [start, state.line];
  state.push("note_close", "div", -1);
  return true;
}

/** Read the lines of a note as blocks of their own; the first starts behind the label. */
function readBody(
  parser: Dialect,
  state: StateBlock,
  [start, end]: [number, number],
  body: number,
): void {
  const { blkIndent } = state;
  const kept = [state.bMarks[start], state.tShift[start], state.sCount[start]] as const;
  state.blkIndent += INDENT;
  state.bMarks[start] = body;
  state.tShift[start] = 0;
  state.sCount[start] = state.blkIndent;
  parser.block.tokenize(state, start, end);
  state.blkIndent = blkIndent;
  [state.bMarks[start], state.tShift[start], state.sCount[start]] = kept.map((one) => one ?? 0) as [
    number,
    number,
    number,
  ];
}
