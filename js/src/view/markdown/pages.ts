/**
 * Stack blocks in wrappers that the browser lays out apart from each other.
 *
 * Even appending plain text costs more with every sibling above it; behind `contain` the cost of a
 * flush stays flat, and a finished wrapper out of sight is skipped altogether.
 */

/** Blocks in a wrapper; few enough that a wrapper in work is cheap to lay out. */
const BLOCKS = 16;

/** The wrappers of one rendered text. */
export class Pages {
  readonly #root: HTMLElement;
  readonly #pages: HTMLElement[] = [];
  #settled = 0;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** Put a block at the end. */
  add(block: HTMLElement): void {
    this.#lastWithRoom().append(block);
  }

  /** Take a block out, and its wrapper when nothing else stands in it. */
  remove(block: HTMLElement): void {
    const page = block.parentElement;
    block.remove();
    if (!page || page.firstChild) return;
    page.remove();
    this.#pages.splice(this.#pages.lastIndexOf(page), 1);
  }

  /** Let the browser skip the full wrappers before the first of the `open` blocks. */
  settle(open: readonly HTMLElement[]): void {
    const inWork = open[0]?.parentElement;
    for (;;) {
      const page = this.#pages[this.#settled];
      if (!page || page === inWork || page.childElementCount < BLOCKS) return;
      page.classList.add("done");
      this.#settled += 1;
    }
  }

  /** Take everything away. */
  clear(): void {
    for (const page of this.#pages.splice(0)) page.remove();
    this.#settled = 0;
  }

  #lastWithRoom(): HTMLElement {
    const last = this.#pages.at(-1);
    if (last && last.childElementCount < BLOCKS) return last;
    const page = document.createElement("div");
    page.className = "blocks";
    this.#root.append(page);
    this.#pages.push(page);
    return page;
  }
}
