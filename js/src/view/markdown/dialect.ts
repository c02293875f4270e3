/**
 * Set up the markdown parser: what the dialect is.
 *
 * CommonMark with the tables, strikethrough, task lists, footnotes (notes.ts) and plain http(s) links
 * of GitHub's dialect, and formulas (tex.ts).
 * Its one law: raw HTML is text. Every address passes the parser as it is; `urls.ts` judges it when
 * it is drawn.
 */

import MarkdownIt, { type StateCore, type Token } from "markdown-it";
import { completeInline } from "./complete";
import { addNotes } from "./notes";
import { cuts, RUN } from "./runs";
import { addFormulas } from "./tex";

const TASK = /^\[([ xX])\][ \t]+(?=\S)/;
const BODIES = new Set(["inline", "fence", "code_block", "formula_block", "hr"]);

/**
 * Make a parser. With `open: true` in its environment it completes what a growing text left open.
 *
 * @param run The least characters of the runs into which a long paragraph is cut.
 */
export function dialect(run = RUN) {
  const parser = MarkdownIt({ html: false, linkify: true });
  parser.normalizeLink = (address) => address;
  parser.normalizeLinkText = (address) => address;
  // A refused link keeps its label and shows its address (dom.ts), so the parser accepts all.
  parser.validateLink = () => true;
  addFormulas(parser);
  addNotes(parser);
  parser.core.ruler.before("inline", "task_lists", markTasks);
  parser.core.ruler.before("inline", "runs", (state) => cutParagraphs(parser, state, run));
  parser.core.ruler.before("inline", "complete", completeLast);
  parser.core.ruler.after("linkify", "unlink", unlinkLast);
  return parser;
}

/** Cut the text of a long paragraph; each run is parsed by itself. */
function cutParagraphs(parser: ReturnType<typeof dialect>, state: StateCore, run: number): void {
  for (let at = state.tokens.length - 1; at > 0; at -= 1) {
    const token = state.tokens[at];
    const opened = state.tokens[at - 1];
    if (token?.type !== "inline" || token.content.length <= run) continue;
    if (opened?.type !== "paragraph_open" || opened.level > 0) continue;
    const bounds = [0, ...cuts(parser, token.content, run), token.content.length];
    if (bounds.length === 2) continue;
    const runs = bounds.slice(1).map((end, n) => {
      const content = token.content.slice(bounds[n], end);
      return Object.assign(new state.Token("inline", "", 0), {
        ...{ content, map: token.map, level: token.level, children: [], meta: { run: true } },
      });
    });
    state.tokens.splice(at, 1, ...runs);
  }
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

/** The text that the last line belongs to, when it is no code. */
function lastInline(state: StateCore): Token | undefined {
  const last = state.tokens.findLast((token) => BODIES.has(token.type));
  const lines = state.src.trimEnd().split("\n").length;
  return last?.type === "inline" && (last.map?.[1] ?? lines) >= lines ? last : undefined;
}
