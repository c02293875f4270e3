/**
 * Set up the markdown parser: what the dialect is, and text to top-level blocks.
 *
 * CommonMark with the tables, strikethrough, task lists and plain http(s) links of GitHub's dialect.
 * Its one law: raw HTML is text. Every address passes the parser as it is; `urls.ts` judges it when
 * it is drawn. Expects `\n` line ends and no NUL, see `normalised`.
 */

import MarkdownIt, { type Env, type StateCore, type Token } from "markdown-it";
import { completeInline } from "./complete";

/** Link definitions by label; an inherited one counts, and is never replaced. */
export type References = NonNullable<Env["references"]>;

/** One top-level block: the text that it came from, and its tokens. */
export interface Block {
  readonly source: string;
  readonly tokens: readonly Token[];
}

/** What the stream needs of a parser; a test may count what passes through. */
export interface Parser {
  /**
   * Find the last block, the only one that more text may change.
   *
   * @param text Whole lines.
   * @returns The offset at which it starts; all before is final. 0 when nothing is.
   */
  cut(text: string): number;
  /**
   * Parse to blocks.
   *
   * @param references Known definitions; those that the text adds become own properties of it.
   * @param open Whether the text still grows, so that its last emphasis, code or link is completed.
   */
  blocks(text: string, references: References, open: boolean): Block[];
}

const TASK = /^\[([ xX])\][ \t]+(?=\S)/;

const md = configured();

/** The parser of the view. */
export const markdown: Parser = { cut, blocks };

/** An empty table of definitions; no label can reach `Object.prototype`. */
export function noReferences(): References {
  return Object.create(null);
}

/** Definitions found later go into the new table, those of `base` stay visible through it. */
export function extended(base: References): References {
  return Object.create(base);
}

/** A label, or a text that may name it, so that the two compare by `includes`. */
export function comparable(text: string): string {
  // Inside a quote the lines of one label are set apart by ">".
  return md.utils.normalizeReference(text.replace(/[>\s]+/g, " "));
}

/** The text with the line ends and the replacement character that CommonMark prescribes. */
export function normalised(text: string): string {
  return text.replace(/\r\n?/g, "\n").replaceAll("\0", "\ufffd");
}

function configured() {
  const parser = MarkdownIt({ html: false, linkify: true });
  parser.normalizeLink = (address) => address;
  parser.normalizeLinkText = (address) => address;
  // A refused link keeps its label and shows its address (dom.ts), so the parser accepts all.
  parser.validateLink = () => true;
  parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  for (const scheme of ["ftp:", "//", "mailto:"]) parser.linkify.add(scheme, null);
  parser.core.ruler.before("inline", "task_lists", markTasks);
  parser.core.ruler.before("inline", "complete", completeLast);
  parser.core.ruler.after("linkify", "unlink", unlinkLast);
  return parser;
}

function blocks(text: string, references: References, open: boolean): Block[] {
  const groups = topLevel(md.parse(text, { references, open }));
  const starts = offsets(text, groups.map(firstLine));
  return groups.map((tokens, at) => ({ source: text.slice(starts[at], starts[at + 1]), tokens }));
}

function cut(text: string): number {
  const tokens: Token[] = [];
  md.block.parse(text, md, { references: noReferences() }, tokens);
  const groups = topLevel(tokens);
  const last = groups.at(-1);
  if (!last) return 0;
  const before = groups.at(-2);
  const first = before && mayTakeTitle(before, firstLine(last)) ? before : last;
  return offsets(text, [firstLine(first)])[0] ?? 0;
}

/** A title may follow a definition on the next lines, and is taken for a paragraph until it ends. */
function mayTakeTitle(group: readonly Token[], nextLine: number): boolean {
  return group[0]?.type === "reference_definition" && group[0].map?.[1] === nextLine;
}

function topLevel(tokens: readonly Token[]): Token[][] {
  const groups: Token[][] = [];
  let depth = 0;
  for (const token of tokens) {
    if (depth === 0 && token.nesting >= 0) groups.push([]);
    groups.at(-1)?.push(token);
    depth += token.nesting;
  }
  return groups;
}

function firstLine(group: readonly Token[]): number {
  return group[0]?.map?.[0] ?? 0;
}

/** Turn ascending line numbers into offsets, in one walk over the text. */
function offsets(text: string, lines: readonly number[]): number[] {
  let line = 0;
  let offset = 0;
  return lines.map((wanted) => {
    for (; line < wanted; line += 1) offset = text.indexOf("\n", offset) + 1 || text.length;
    return offset;
  });
}

/** `- [x] done`: take the box out of the text and note it on the token, for the view to draw. */
function markTasks(state: StateCore): void {
  state.tokens.forEach((token, at) => {
    if (token.type !== "inline" || state.tokens[at - 2]?.type !== "list_item_open") return;
    const box = TASK.exec(token.content);
    if (!box) return;
    token.content = token.content.slice(box[0].length);
    token.meta = { task: box[1] === " " ? "open" : "done" };
  });
}

const BODIES = new Set(["inline", "fence", "code_block", "hr"]);

/** Complete what the last text of a growing document left open, unless a blank line closed it. */
function completeLast(state: StateCore): void {
  if (!state.env.open || /\n[ \t>]*\n[ \t>]*$/.test(state.src)) return;
  const last = lastInline(state);
  if (last) last.content = completeInline(last.content);
}

/** A bare address in the last, unfinished word may be half of one: no click should go there. */
function unlinkLast(state: StateCore): void {
  if (!state.env.open || /\s$/.test(state.src)) return;
  const children = lastInline(state)?.children ?? [];
  const close = children.findLastIndex((token) => isBareLink(token) || /\s/.test(token.content));
  const link = children[close];
  if (!link || !isBareLink(link)) return;
  const open = children.findLastIndex((token) => token.type === "link_open");
  children.splice(open, close - open + 1, ...children.slice(open + 1, close));
}

function isBareLink(token: Token): boolean {
  return token.type === "link_close" && token.markup === "linkify";
}

function lastInline(state: StateCore): Token | undefined {
  const last = state.tokens.findLast((token) => BODIES.has(token.type));
  return last?.type === "inline" ? last : undefined;
}
