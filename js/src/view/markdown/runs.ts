/**
 * Cut a paragraph that became very long where nothing reaches over the cut.
 *
 * Parsing and laying out 100 KB for each word takes a tenth of a second; in runs only the last one is
 * looked at. A run is a block, so the line before it ends early: once in a few thousand characters,
 * between two words. Its one law: where the cuts are depends on the text before them alone, and each
 * run by itself means what it means in the whole.
 */

import type { Token } from "markdown-it";
import type { dialect } from "./dialect";
import { DOLLARS_APART } from "./tex";

type Dialect = ReturnType<typeof dialect>;

/** Characters in a run, at least. */
export const RUN = 4096;
/** Places that are tried for one cut, each this much further than the last. */
const TRIES = 8;

/** Between two words, the second of which begins with a letter: it could begin no other block. */
const GAP = /(?<=[^\s\\]) (?=\p{L})/gu;
/** Signs that may reach over the cut, where they found no partner before it. */
const LOOSE = /~~|`|(?<!\s)\*|\*(?!\s)|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/u;

/**
 * Find where `content`, the inline text of a paragraph, is cut.
 *
 * @param size The least characters of a run.
 * @returns Ascending offsets, each that of a run's first character; none for a short text.
 */
export function cuts(parser: Dialect, content: string, size = RUN): number[] {
  const found: number[] = [];
  if (content.startsWith("[")) return found; // perhaps a definition, whose title is still open
  let from = 0;
  for (let cut = nextCut(); cut > 0; cut = nextCut()) {
    found.push(cut);
    from = cut;
  }
  return found;

  function nextCut(): number {
    for (let tried = 0, at = from + size; tried < TRIES; tried += 1, at += size / 4) {
      GAP.lastIndex = at;
      const gap = content.length > at ? GAP.exec(content) : null;
      if (!gap) return 0;
      if (isClosed(parser, content.slice(from, gap.index))) return gap.index + 1;
      at = gap.index;
    }
    return 0;
  }
}

/** No price: perhaps the start of a formula. */
const OPEN_DOLLAR = /\$(?![\d\s])/;

/** What was found of a text that grows is asked again with every word. */
const known = new Map<string, boolean>();

/** Whether nothing in `run` waits for a partner. */
function isClosed(parser: Dialect, run: string): boolean {
  const before = known.get(run);
  if (before !== undefined) return before;
  if (known.size > 32) known.clear();
  const closed = !run.includes("|") && hasNothingLoose(parser, run);
  known.set(run, closed);
  return closed;
}

function hasNothingLoose(parser: Dialect, run: string): boolean {
  const tokens: Token[] = [];
  parser.inline.parse(run, parser, {}, tokens);
  const text = tokens
    .map(({ type, content }) => (type.startsWith("text") ? content : ""))
    .join("\0");
  if (LOOSE.test(text) || OPEN_DOLLAR.test(text.slice(-DOLLARS_APART)) || !isBalanced(text))
    return false;
  const formulas = tokens.filter(({ type, markup }) => type === "formula" && markup[0] === "\\");
  return (run.match(/\\[([]/g) ?? []).length === formulas.length;
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const sign of text.match(/[[\]]/g) ?? []) {
    depth += sign === "[" ? 1 : -1;
    if (depth < 0) return false;
  }
  return depth === 0;
}
