/**
 * Draw a growing text, block by block.
 *
 * Its one law: a block that more text cannot change is drawn a last time and never parsed again, so
 * the cost of a piece depends on the open block, not on the length of the text. The result is the
 * same nodes that `renderMarkdown` makes of the whole text, however it was cut.
 */

import { settled } from "./complete";
import { draw } from "./dom";
import { OpenFence } from "./fence";
import { Pages } from "./pages";
import { type Block, comparable, extended, noReferences, type Parser } from "./parser";
import { type Adopt, patch } from "./patch";

/** A frozen block that a definition of later may change. */
interface Named {
  readonly block: Block;
  readonly words: string;
  element: HTMLElement;
}

/** The engine under `MarkdownStream`: takes normalised text, draws at once. */
export class BlockStream {
  readonly #pages: Pages;
  readonly #parser: Parser;
  readonly #adopt: Adopt;
  readonly #references = noReferences();
  readonly #named: Named[] = [];
  /** The text of the open blocks, and how much of it was searched for a place to cut. */
  #tail = "";
  #searched = 0;
  /** What is drawn of the tail. */
  #open: HTMLElement[] = [];
  #fence: OpenFence | null = null;

  /**
   * @param root Where wrappers are appended.
   * @param adopt Called for every element that comes into the document.
   */
  constructor(root: HTMLElement, parser: Parser, adopt: Adopt) {
    this.#pages = new Pages(root);
    this.#parser = parser;
    this.#adopt = adopt;
  }

  /** Draw more text; cheap whatever came before. */
  write(text: string): void {
    let rest: string | null = text;
    while (rest !== null)
      rest = this.#fence ? this.#writeCode(this.#fence, rest) : this.#writeText(rest);
    this.#pages.settle(this.#open);
  }

  /** The text is complete: draw the rest as it stands and freeze it. */
  end(): void {
    if (this.#fence) this.#leave(this.#fence);
    this.#freeze(this.#tail.length);
    this.#redraw([]);
    this.#pages.settle([]);
  }

  /** Take everything away. */
  clear(): void {
    this.#pages.clear();
  }

  /** Append to the open code block; gives what follows its end. */
  #writeCode(fence: OpenFence, text: string): string | null {
    const rest = fence.push(text);
    if (rest === null) return null;
    this.#fence = null;
    this.#open = [];
    return rest;
  }

  #leave(fence: OpenFence): void {
    fence.end();
    this.#fence = null;
    this.#open = [];
  }

  /** Append to the open block; gives the code when it turns out to be a fence. */
  #writeText(text: string): string | null {
    this.#tail += text;
    const lines = this.#tail.lastIndexOf("\n") + 1;
    if (lines > this.#searched) {
      const cut = this.#parser.cut(this.#tail.slice(0, lines));
      if (cut > 0) this.#freeze(cut);
      this.#searched = lines - cut;
      const fence = OpenFence.at(this.#tail);
      if (fence) return this.#enter(fence);
    }
    this.#drawOpen();
    return null;
  }

  #enter(fence: OpenFence): string {
    const code = this.#tail.slice(fence.length);
    this.#fence = fence;
    this.#tail = "";
    this.#searched = 0;
    // Its box must be the one that the fence writes to, so it replaces whatever stood there.
    this.#redraw([]);
    this.#open = this.#redraw([fence.box.element]);
    return code;
  }

  #drawOpen(): void {
    const blocks = this.#parser.blocks(settled(this.#tail), extended(this.#references), true);
    this.#open = this.#redraw(blocks.map(draw));
  }

  /** Draw the start of the tail a last time; what it defines counts from now on, backwards too. */
  #freeze(length: number): void {
    const found = extended(this.#references);
    const blocks = this.#parser.blocks(this.#tail.slice(0, length), found, false);
    const elements = this.#redraw(blocks.map(draw), true);
    this.#tail = this.#tail.slice(length);
    this.#define(found);
    for (const [at, block] of blocks.entries()) this.#remember(block, elements[at]);
  }

  #define(found: ReturnType<typeof noReferences>): void {
    const labels = Object.keys(found);
    if (labels.length === 0) return;
    Object.assign(this.#references, found);
    const wanted = labels.map(comparable);
    for (const named of this.#named) {
      if (wanted.some((label) => named.words.includes(label))) this.#renew(named);
    }
  }

  #renew(named: Named): void {
    const [block] = this.#parser.blocks(named.block.source, extended(this.#references), false);
    if (block) named.element = patch(named.element, draw(block), this.#adopt);
  }

  #remember(block: Block, element: HTMLElement | undefined): void {
    if (!element || !block.source.includes("[")) return;
    this.#named.push({ block, words: comparable(block.source), element });
  }

  /**
   * Make the open elements look like `fresh`.
   *
   * @param keepRest Whether drawn elements beyond those stay, to be patched by the next call.
   * @returns The elements that now stand for `fresh`.
   */
  #redraw(fresh: readonly HTMLElement[], keepRest = false): HTMLElement[] {
    const drawn = fresh.map((element, at) => this.#place(this.#open[at], element));
    const rest = this.#open.slice(fresh.length);
    if (!keepRest) for (const surplus of rest) this.#pages.remove(surplus);
    this.#open = keepRest ? rest : [];
    return drawn;
  }

  #place(standing: HTMLElement | undefined, fresh: HTMLElement): HTMLElement {
    if (standing) return patch(standing, fresh, this.#adopt);
    this.#pages.add(fresh);
    this.#adopt(fresh);
    return fresh;
  }
}
