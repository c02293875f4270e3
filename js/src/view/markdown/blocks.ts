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
import { Names } from "./names";
import { Pages } from "./pages";
import { type Block, extended, type Parser, type Survey } from "./parser";
import { type Adopt, patch } from "./patch";
import { Shelf } from "./shelf";

/** Characters of open text from which finished items and rows are set aside. */
const SHELVE = 1024;

/** The engine under `MarkdownStream`: takes normalised text, draws at once. */
export class BlockStream {
  readonly #pages: Pages;
  readonly #parser: Parser;
  readonly #adopt: Adopt;
  readonly #names: Names;
  /** The text of the open blocks, and how much of it was searched for a place to cut. */
  #tail = "";
  #searched = 0;
  /** What is drawn of the tail. */
  #open: HTMLElement[] = [];
  #fence: OpenFence | null = null;
  /** Finished items or rows of the block that the tail starts with, and where its others start. */
  #shelf: Shelf | null = null;
  #parts: readonly number[] = [];
  readonly #shelveAt: number;

  /**
   * @param root Where wrappers are appended.
   * @param adopt Called for every element that comes into the document.
   * @param shelveAt Characters of open text from which items and rows are set aside, ≥ 0.
   */
  constructor(root: HTMLElement, parser: Parser, adopt: Adopt, shelveAt = SHELVE) {
    this.#pages = new Pages(root);
    this.#parser = parser;
    this.#adopt = adopt;
    this.#names = new Names(parser, adopt);
    this.#shelveAt = shelveAt;
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
    this.#unshelveIfWrong(this.#parser.survey(this.#tail));
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
    const isNew = lines > this.#searched;
    if (isNew) {
      this.#search(lines);
      const fence = OpenFence.at(this.#tail);
      if (fence) return this.#enter(fence);
    }
    this.#drawOpen();
    if (isNew && this.#searched >= this.#shelveAt) this.#shelve();
    this.#shelveRuns();
    return null;
  }

  /** Look for what became final in the tail's first `lines` characters, which are whole lines. */
  #search(lines: number): void {
    const survey = this.#parser.survey(this.#tail.slice(0, lines));
    if (this.#unshelveIfWrong(survey)) {
      this.#search(this.#tail.lastIndexOf("\n") + 1);
      return;
    }
    if (survey.cut > 0) this.#freeze(survey.cut);
    this.#searched = lines - survey.cut;
    this.#parts = survey.parts.map((part) => part - survey.cut);
  }

  /** Set all parts aside but the last, the only one that more text may change. */
  #shelve(): void {
    const lines = this.#tail.slice(0, this.#searched);
    const [first, last] = [this.#parts[0], this.#parts.at(-1)];
    if (first === undefined || last === undefined) return;
    const isLoose = (text: string) => this.#parser.survey(text).loose;
    const shelf = this.#shelf ?? Shelf.for(lines, first, isLoose);
    const parts = this.#shelf ? this.#parts.slice(shelf.dropped) : this.#parts;
    const text = lines.slice(parts[0], last);
    // A definition inside would count for other blocks; such a list stays whole.
    if (parts.length < 2 || text.includes("]:")) return;
    this.#drawFinal(shelf, lines.slice(parts[0]), parts.length - 1);
    shelf.add(text, parts.length - 1);
    this.#shelf = shelf;
    this.#tail = shelf.prefix + this.#tail.slice(last);
    this.#searched += shelf.prefix.length - last;
  }

  /** As `#shelve` for a long paragraph, which may be one long line. */
  #shelveRuns(): void {
    const parts = this.#parser.runs(this.#tail);
    const last = parts.at(-1);
    if (last === undefined) return;
    const shelf = this.#shelf ?? Shelf.forRuns();
    this.#drawFinal(shelf, this.#tail, parts.length - 1);
    shelf.add(this.#tail.slice(0, last), parts.length - 1);
    this.#shelf = shelf;
    this.#tail = this.#tail.slice(last);
    this.#searched = Math.max(0, this.#searched - last);
    this.#parts = [];
  }

  /** The half line behind `lines` may have changed how the first `count` parts were drawn. */
  #drawFinal(shelf: Shelf, lines: string, count: number): void {
    const references = extended(this.#names.references);
    const [block] = this.#parser.blocks(shelf.prefix + lines, references, false);
    const [standing] = this.#open;
    if (block && standing) shelf.patch(standing, draw(block), this.#adopt, count);
  }

  #unshelveIfWrong(survey: Survey): boolean {
    if (!this.#shelf?.isWrong(survey)) return false;
    this.#tail = this.#shelf.whole(this.#tail);
    this.#shelf = null;
    return true;
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
    const references = extended(this.#names.references);
    const blocks = this.#parser.blocks(settled(this.#tail), references, true);
    this.#open = this.#redraw(blocks.map(draw));
  }

  /** Draw the start of the tail a last time; what it defines counts from now on, backwards too. */
  #freeze(length: number): void {
    const found = extended(this.#names.references);
    const blocks = this.#parser.blocks(this.#tail.slice(0, length), found, false);
    const elements = this.#redraw(blocks.map(draw), true);
    this.#tail = this.#tail.slice(length);
    // Its finished parts were drawn before those definitions were known.
    if (this.#shelf) this.#remember(blocks.splice(0, 1), elements.splice(0, 1), this.#shelf);
    this.#shelf = null;
    this.#names.define(found);
    this.#remember(blocks, elements);
  }

  #remember(blocks: readonly Block[], elements: readonly HTMLElement[], shelf?: Shelf): void {
    for (const [at, element] of elements.entries()) {
      const source = blocks[at]?.source ?? "";
      this.#names.remember(shelf ? shelf.whole(source) : source, element);
    }
  }

  /**
   * Make the open elements look like `fresh`.
   *
   * @param keepRest Whether drawn elements beyond those stay, to be patched by the next call.
   * @returns The elements that now stand for `fresh`.
   */
  #redraw(fresh: readonly HTMLElement[], keepRest = false): HTMLElement[] {
    const drawn = fresh.map((element, at) => this.#place(this.#open[at], element, at));
    const rest = this.#open.slice(fresh.length);
    if (!keepRest) for (const surplus of rest) this.#pages.remove(surplus);
    this.#open = keepRest ? rest : [];
    return drawn;
  }

  #place(standing: HTMLElement | undefined, fresh: HTMLElement, at: number): HTMLElement {
    if (standing && at === 0 && this.#shelf) {
      this.#shelf.patch(standing, fresh, this.#adopt);
      return standing;
    }
    if (standing) return patch(standing, fresh, this.#adopt);
    this.#pages.add(fresh);
    this.#adopt(fresh);
    return fresh;
  }
}
