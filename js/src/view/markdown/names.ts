/**
 * Keep link definitions, and the frozen blocks that they may still change.
 *
 * A definition may stand anywhere, also behind what names it. Its one law: the first of a label
 * counts, as in the whole text, and a late one renews only the blocks that name it.
 */

import { draw } from "./dom";
import { comparable, extended, noReferences, type Parser, type References } from "./parser";
import { type Adopt, patch } from "./patch";

interface Named {
  readonly source: string;
  readonly words: string;
  element: HTMLElement;
}

/** The definitions of one text. */
export class Names {
  /** What is defined for good. */
  readonly references = noReferences();
  readonly #parser: Parser;
  readonly #adopt: Adopt;
  readonly #blocks: Named[] = [];

  constructor(parser: Parser, adopt: Adopt) {
    this.#parser = parser;
    this.#adopt = adopt;
  }

  /** Note a frozen block, when it could name a definition that is still to come. */
  remember(source: string, element: HTMLElement): void {
    if (source.includes("[")) this.#blocks.push({ source, words: comparable(source), element });
  }

  /** Take over what a frozen text defined, and draw again the blocks noted so far that name it. */
  define(found: References): void {
    const labels = Object.keys(found).map(comparable);
    Object.assign(this.references, found);
    if (labels.length === 0) return;
    for (const block of this.#blocks) {
      if (labels.some((label) => block.words.includes(label))) this.#renew(block);
    }
  }

  #renew(named: Named): void {
    const [block] = this.#parser.blocks(named.source, extended(this.references), false);
    if (block) named.element = patch(named.element, draw(block), this.#adopt);
  }
}
