/**
 * Set the finished items of an open list, or rows of an open table, aside.
 *
 * A list of 100 KB is one block, and parsing it again for every word takes a tenth of a second. Its
 * one law: what is parsed instead, a short stand-in and the last parts, gives those parts as the
 * whole would. The one thing that reaches back is a blank line between items, which gives all items
 * of the list space; then the whole list is taken from the shelf again.
 */

import { type Adopt, patchChildren } from "./patch";

/** Wide enough that a following item, indented by up to 3, is its neighbour and not its child. */
const ITEM = "    x\n";
const MARKER = /^ {0,3}(?:([-+*])|\d{1,9}([.)]))/;

/** The finished parts of the block that the tail starts with. */
export class Shelf {
  /** What stands before the unfinished parts when they are parsed. */
  readonly prefix: string;
  /** How many parts the prefix itself makes. */
  readonly dropped: number;
  /** Whether all items have space around them, whatever follows. */
  readonly loose: boolean;
  /** The text that the prefix stands for. */
  #source: string;
  /** How many parts of it stand in the document. */
  #kept = 0;

  private constructor(prefix: string, dropped: number, loose: boolean, source: string) {
    this.prefix = prefix;
    this.dropped = dropped;
    this.loose = loose;
    this.#source = source;
  }

  /**
   * Make an empty shelf.
   *
   * @param text The open block, a list or a table.
   * @param first Where its first part starts.
   * @param isLoose Tells of a text that starts with a list whether its items have space.
   */
  static for(text: string, first: number, isLoose: (text: string) => boolean): Shelf {
    const head = text.slice(0, first);
    // Rows start behind their table's head, which is all that they depend on.
    if (head) return new Shelf(head, 0, false, head);
    const [, bullet, delimiter] = MARKER.exec(text) ?? [];
    const item = (bullet ?? `1${delimiter}`) + ITEM;
    const loose = isLoose(item + text);
    return new Shelf(loose ? `${item}\n` : item, 1, loose, "");
  }

  /** Set `count` more parts aside; `text` is theirs. */
  add(text: string, count: number): void {
    this.#source += text;
    this.#kept += count;
  }

  /** The whole text, for one that starts with the prefix. */
  whole(text: string): string {
    return this.#source + text.slice(this.prefix.length);
  }

  /** Bring the parts that are not set aside up to date, or the first `count` of them. */
  patch(standing: HTMLElement, fresh: HTMLElement, adopt: Adopt, count?: number): void {
    const before = [...holder(standing).childNodes].slice(this.#kept).slice(0, count);
    const after = [...holder(fresh).childNodes].slice(this.dropped).slice(0, count);
    patchChildren(holder(standing), before, after, adopt);
  }
}

/** The element whose children are the parts. */
function holder(block: HTMLElement): Element {
  if (block.className !== "table") return block;
  return block.querySelector("tbody") ?? block;
}
