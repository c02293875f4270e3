/**
 * Turn text into top-level blocks, and tell which of it more text can change.
 *
 * Its one law: offsets are those of the text that was given, so the text must have `\n` line ends and
 * no NUL already, see `normalised`.
 */

import type { Env, Token } from "markdown-it";
import { dialect } from "./dialect";
import { cuts, RUN } from "./runs";

type Dialect = ReturnType<typeof dialect>;

/** Link definitions by label; an inherited one counts, and is never replaced. */
export type References = NonNullable<Env["references"]>;

/** One top-level block: the text that it came from, and its tokens. */
export interface Block {
  readonly source: string;
  readonly tokens: readonly Token[];
}

/** What is final in a text that grows. */
export interface Survey {
  /** The offset at which the last block starts, the only one that more text may change. */
  readonly cut: number;
  /** Where the items or the body rows of the last block start; none when it has no such parts. */
  readonly parts: readonly number[];
  /** Whether the first block is a list whose first item has space around its paragraph. */
  readonly loose: boolean;
  /** The type of the first token; undefined where no block is. */
  readonly kind: string | undefined;
}

/** What the stream needs of a parser; a test may count what passes through. */
export interface Parser {
  /** Look over whole lines, at blocks only; cheaper than parsing. */
  survey(text: string): Survey;
  /**
   * Parse to blocks.
   *
   * @param references Known definitions; those that the text adds become own properties of it.
   * @param open Whether the text still grows, so that its last emphasis, code or link is completed.
   */
  blocks(text: string, references: References, open: boolean): Block[];
  /** Where the runs of a text start, if all of it is one long paragraph; may end in mid-line. */
  runs(text: string): readonly number[];
}

/** Make a parser with paragraphs cut into runs of at least `run` characters. */
export function parserOf(run = RUN): Parser {
  const own = dialect(run);
  return {
    survey: (text) => survey(own, text),
    blocks: (text, references, open) => blocks(own, text, references, open),
    runs: (text) => (text.length > run ? runs(own, text, run) : []),
  };
}

const md = dialect();

/** The parser of the view. */
export const markdown: Parser = parserOf();

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

function blocks(parser: Dialect, text: string, references: References, open: boolean): Block[] {
  const groups = topLevel(parser.parse(text, { references, open }));
  const starts = offsets(text, groups.map(firstLine));
  return groups.map((tokens, at) => ({ source: text.slice(starts[at], starts[at + 1]), tokens }));
}

function runs(parser: Dialect, text: string, size: number): readonly number[] {
  const [opened, inline, ...rest] = parsed(parser, text);
  if (opened?.type !== "paragraph_open" || !inline || rest.length !== 1) return [];
  const lead = text.length - text.trimStart().length;
  const found = cuts(parser, inline.content, size).map((cut) => cut + lead);
  return found.length > 0 ? [0, ...found] : [];
}

function parsed(parser: Dialect, text: string): Token[] {
  const tokens: Token[] = [];
  parser.block.parse(text, parser, { references: noReferences() }, tokens);
  return tokens;
}

function survey(parser: Dialect, text: string): Survey {
  const tokens = parsed(parser, text);
  const groups = topLevel(tokens);
  const [last = [], before] = [groups.at(-1), groups.at(-2)];
  const first = before && mayTakeTitle(before, last) ? before : last;
  const lines = [firstLine(first), ...partsOf(last).map((part) => firstLine([part]))];
  const [cut = 0, ...parts] = offsets(text, lines);
  return { cut, parts, loose: isLoose(tokens), kind: tokens[0]?.type };
}

/** The items of a list, the body rows of a table. */
function partsOf(group: readonly Token[]): readonly Token[] {
  if (group[0]?.type !== "table_open") {
    return group.filter(({ type, level }) => type === "list_item_open" && level === 1);
  }
  const body = group.findIndex(({ type }) => type === "tbody_open");
  return body < 0 ? [] : group.slice(body).filter(({ type }) => type === "tr_open");
}

function isLoose([list, , paragraph]: readonly Token[]): boolean {
  return list?.tag?.endsWith("l") === true && paragraph?.hidden === false;
}

/** A title may follow a definition on the next lines, and is taken for a paragraph until it ends. */
function mayTakeTitle([definition]: readonly Token[], next: readonly Token[]): boolean {
  if (definition?.type !== "reference_definition") return false;
  return next[0]?.type === "paragraph_open" && definition.map?.[1] === firstLine(next);
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
