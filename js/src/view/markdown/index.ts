/**
 * Show markdown that a model writes, while it writes it.
 *
 * The way of a piece: `push` collects, `flush` normalises and hands to the block engine (blocks.ts),
 * which parses the open block (parser.ts), makes elements by an allow-list (dom.ts, urls.ts) and
 * patches what is drawn (patch.ts). Its one law: the text is hostile, and the result equals
 * `renderMarkdown` of the whole text however it was cut.
 */

import { BlockStream } from "./blocks";
import { boxesIn } from "./box";
import { CodeBox } from "./code";
import { draw } from "./dom";
import { Formula } from "./formula";
import { Pages } from "./pages";
import { markdown, noReferences, normalised } from "./parser";
import type { Adopt } from "./patch";
import { Picture } from "./picture";

/** What a view may ask of the renderer. */
export interface MarkdownOptions {
  /**
   * Called once for every code block that comes into the document, after it did. `pre` stands alone in
   * a `div.code`; the view may add to either, but must leave the `<code>` in `pre` to `code`.
   *
   * @param info What stood behind the fence, such as `python`; empty for indented code.
   */
  readonly onCode?: (pre: HTMLPreElement, info: string, code: CodeBox) => void;
  /** Called once for every formula whose end is there: it may draw it, now or later. */
  readonly onFormula?: (formula: Formula) => void;
  /** Called once for every picture. Until the text's `end` its address may grow. */
  readonly onPicture?: (picture: Picture) => void;
  /** Once aborted, nothing is drawn any more. */
  readonly signal?: AbortSignal;
}

/** One growing text in one element. Call `flush` once per animation frame, `end` when it is complete. */
export class MarkdownStream {
  readonly #root: HTMLElement;
  readonly #options: MarkdownOptions;
  #blocks: BlockStream;
  #text = "";
  #pending = "";
  #ended = false;

  /**
   * @param root Gets the class `markdown` and the blocks behind any children that it has.
   */
  constructor(root: HTMLElement, options: MarkdownOptions = {}) {
    this.#root = root;
    this.#options = options;
    root.classList.add("markdown");
    this.#blocks = this.#start();
  }

  /** All that was pushed, drawn or not, as it came. */
  get text(): string {
    return this.#text;
  }

  /** Append a piece; nothing is drawn. After `end` the text opens again, at the cost of a new start. */
  push(text: string): void {
    if (this.#aborted) return;
    if (this.#ended) this.#restart();
    this.#text += text;
    this.#pending += text;
  }

  /** Draw what was pushed. */
  flush(): void {
    // The "\n" of a "\r\n" may be in the next piece.
    const half = this.#pending.endsWith("\r") ? "\r" : "";
    this.#write(half ? this.#pending.slice(0, -1) : this.#pending);
    this.#pending = half;
  }

  /** The text is complete: draw all of it and freeze it. */
  end(): void {
    if (this.#ended || this.#aborted) return;
    this.#write(this.#pending);
    this.#pending = "";
    this.#blocks.end();
    this.#ended = true;
  }

  /**
   * Let `text` be the whole text, and draw it. What was pushed and still holds is not drawn again: an
   * equal text changes nothing, a longer one continues.
   */
  replace(text: string): void {
    if (this.#aborted || (text === this.#text && this.#ended)) return;
    if (text.startsWith(this.#text) && !this.#ended) this.push(text.slice(this.#text.length));
    else {
      this.#text = text;
      this.#restart();
    }
    this.flush();
  }

  get #aborted(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  #write(text: string): void {
    if (text && !this.#aborted) this.#blocks.write(normalised(text));
  }

  #start(): BlockStream {
    return new BlockStream(this.#root, markdown, adopter(this.#options));
  }

  #restart(): void {
    this.#blocks.clear();
    this.#blocks = this.#start();
    this.#pending = this.#text;
    this.#ended = false;
  }
}

/**
 * Draw a complete text once, for messages that do not change any more.
 *
 * @param root Gets the class `markdown`; its children are replaced.
 */
export function renderMarkdown(
  root: HTMLElement,
  text: string,
  options: MarkdownOptions = {},
): void {
  if (options.signal?.aborted) return;
  root.classList.add("markdown");
  root.replaceChildren();
  const pages = new Pages(root);
  const adopt = adopter(options);
  for (const block of markdown.blocks(normalised(text), noReferences(), false)) {
    const element = draw(block);
    pages.add(element);
    adopt(element);
  }
  pages.settle([]);
}

/** Report the boxes in what was adopted. */
function adopter({ onCode, onFormula, onPicture }: MarkdownOptions): Adopt {
  return (element) => {
    for (const box of boxesIn(element)) {
      if (box instanceof CodeBox) onCode?.(box.pre, box.info, box);
      if (box instanceof Formula && box.whole) onFormula?.(box);
      if (box instanceof Picture) onPicture?.(box);
    }
  };
}
