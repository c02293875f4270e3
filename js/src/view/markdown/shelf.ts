/**
 * Set the finished items of an open list, rows of an open table, or runs of an open paragraph, aside.
 *
 * A list of 100 KB is one block, and parsing it again for every word takes a tenth of a second. Its
 * one law: what is parsed instead, a short stand-in and the last parts, gives those parts as the
 * whole would. What reaches back is a blank line between items, which gives all items of the list
 * space, and a line that makes the paragraph something else; then the whole is taken from the shelf.
 */

import type { Survey } from "./parser";
import { type Adopt, patchChildren } from "./patch";
import { lastGroup, regroup, rowsFrom } from "./rows";

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

  /** Make an empty shelf for the runs of a paragraph: what follows them is a paragraph, too. */
  static forRuns(): Shelf {
    return new Shelf("", 0, true, "");
  }

  /** Whether what the tail turned out to be says that the parts are other ones. */
  isWrong({ loose, kind }: Survey): boolean {
    if (this.prefix !== "") return loose && !this.loose;
    return kind !== undefined && kind !== "paragraph_open";
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
    const before = partsFrom(standing, this.#kept).slice(0, count);
    const after = partsFrom(fresh, this.dropped).slice(0, count);
    const holder = isTable(standing) ? lastGroup(standing) : standing;
    patchChildren(holder ?? standing, before, after, adopt);
    if (isTable(standing)) regroup(standing);
  }
}

/** The parts of a block, from the one with number `from` on. */
function partsFrom(block: HTMLElement, from: number): ChildNode[] {
  if (isTable(block)) return rowsFrom(block, from);
  return (block.localName === "p" ? runsOf(block) : [...block.childNodes]).slice(from);
}

/** A paragraph that is the rest of a longer one is one run. */
function runsOf(paragraph: HTMLElement): ChildNode[] {
  if (paragraph.querySelector(":scope > .run")) return [...paragraph.childNodes];
  const run = document.createElement("span");
  run.className = "run";
  run.append(...paragraph.childNodes);
  paragraph.append(run);
  return [run];
}

function isTable(block: HTMLElement): boolean {
  return block.classList.contains("table");
}
