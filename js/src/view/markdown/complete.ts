/**
 * Make half-arrived markdown look like what it is about to become.
 *
 * Touches only what is drawn while text is still coming, never the text itself: a wrong guess is
 * corrected by the next character. Two steps: `settled` holds back a last line that could still turn
 * into anything, `completeInline` closes emphasis, code and links at the end of the last sentence.
 */

import { formulaAt, opening } from "./tex";

/** Quote marks and list markers that may stand before a line's own text. */
const CONTAINERS = "(?:[ \\t>]|(?:[-+*]|\\d{1,9}[.)])[ \\t])*";

/** Nothing but signs so far: a rule, an underline, a marker, a table's second row, emphasis. */
const SIGNS = new RegExp(
  `^${CONTAINERS}(?:[-+*=#_\`~|: \\t]*|\\d{1,9}[.)])(?:\\[[ xX]?\\]?[ \\t]*)?$`,
);

/** A fence whose language is still being written. */
const FENCE = new RegExp(`^${CONTAINERS}(?:\`{3,}[^\`]*|~{3,}.*)$`);

/** A link definition, which will show nothing once its line is whole. */
const DEFINITION = new RegExp(`^${CONTAINERS}\\[(?!\\^)[^\\]]+\\]:`);

/** A first table row, alone in its paragraph, and perhaps a part of the row of dashes. */
const FIRST_ROW = /(?:^|\n[ \t]*\n)([ \t]*\|[^\n]*)(?:\n[ \t|:-]*)?$/;

/**
 * Cut off the end that is too young to draw.
 *
 * @param text The open text, which may end in the middle of a line.
 * @returns `text`, or less of it.
 */
export function settled(text: string): string {
  const row = FIRST_ROW.exec(text);
  if (row?.[1] !== undefined) return text.slice(0, text.length - row[0].length);
  const start = text.lastIndexOf("\n") + 1;
  const line = text.slice(start);
  const young = SIGNS.test(line) || FENCE.test(line) || DEFINITION.test(line);
  return young ? text.slice(0, start) : text;
}

/** What a scan of a sentence found open at its end. */
interface Found {
  /** The text, shortened or rewritten where its end was half a mark. */
  text: string;
  /** Delimiters that still wait for their partner, outermost first. */
  readonly open: string[];
}

/** Marks at the very end, which open or close something that the next character will tell. */
const DANGLING = /(?<!\\)(?:[*_]+|~+|`+|!?\[|\\|&[a-zA-Z0-9#]*)$/;
const LINK = /\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+(?:"[^"]*"?|'[^']*'?)?)?$/;
const RUN = /(?<tex>\\[([]|\$+)|\\[\s\S]|`+|(?<mark>\*+|_+|~~)/g;

/**
 * Close what the end of one block's inline text left open.
 *
 * @param content The text of a paragraph, heading or cell, without block marks.
 * @returns Text that parses as if the author had finished at this point.
 */
export function completeInline(content: string): string {
  const found = scan(withoutHalfMark(content));
  if (found.open.length === 0) return found.text;
  const kept = found.text.trimEnd();
  return kept + found.open.reverse().join("") + found.text.slice(kept.length);
}

/** An unfinished `](address` would show the address for a moment; the label alone stays. */
function withoutHalfMark(content: string): string {
  const link = LINK.exec(content);
  if (link && content.lastIndexOf("[", link.index) >= 0)
    return `${content.slice(0, link.index)}](<>)`;
  const mark = DANGLING.exec(content);
  if (!mark || closes(content, mark)) return content;
  return content.slice(0, mark.index);
}

/** Whether the marks at the end are a whole partner of ones before them. */
function closes(content: string, mark: RegExpExecArray): boolean {
  if (!/^[*_~`]/.test(mark[0])) return false;
  return scan(content).open.length < scan(content.slice(0, mark.index)).open.length;
}

function scan(content: string): Found {
  const found: Found = { text: content, open: [] };
  RUN.lastIndex = 0;
  for (let run = RUN.exec(content); run; run = RUN.exec(content)) {
    if (run[0].startsWith("`")) {
      const end = endOfCode(content, RUN.lastIndex, run[0]);
      if (end < 0) {
        found.open.push(run[0]);
        return found;
      }
      RUN.lastIndex = end;
    } else if (run.groups?.tex) {
      const end = endOfFormula(content, run.index, RUN.lastIndex);
      // What is in a formula is no emphasis.
      if (end < 0) return found;
      RUN.lastIndex = end;
    } else if (run.groups?.mark) toggle(found.open, content, run.index, run[0]);
  }
  return found;
}

/** The offset behind a formula, or behind a mark that is none; −1 if its end is still to come. */
function endOfFormula(content: string, from: number, behindMark: number): number {
  const end = formulaAt(content, from)?.end;
  const isOpen = opening(content, from) !== null && !/^\$\d/.test(content.slice(from));
  const isClosed = content.indexOf("$", behindMark) >= 0;
  return end ?? (isOpen && !isClosed ? -1 : behindMark);
}

/** The offset behind the run of backticks that closes a code span, or −1. */
function endOfCode(content: string, from: number, ticks: string): number {
  const closing = new RegExp(`(?<!\`)${ticks}(?!\`)`, "g");
  closing.lastIndex = from;
  return closing.test(content) ? closing.lastIndex : -1;
}

/** Close the innermost mark of this kind, or open one; in words `_` does neither. */
function toggle(open: string[], content: string, at: number, run: string): void {
  const before = content[at - 1] ?? " ";
  const after = content[at + run.length] ?? " ";
  const inWord = run.startsWith("_") && /\w/.test(before) && /\w/.test(after);
  if (inWord) return;
  if (/\S/.test(before) && open.at(-1) === run) open.pop();
  else if (/\S/.test(before) && run === open.slice(-2).reverse().join("")) open.splice(-2);
  else if (/\S/.test(after)) open.push(run);
}
