/**
 * Which of many turns are drawn: the newest, and what the reader has asked to see before them.
 *
 * Its one law: a reader who is not at the end sees nothing go; at the end a chat of a thousand turns
 * holds as much of the page as one of two hundred.
 */

import type { Turn } from "../core/index";

/** The window onto a growing list of turns. */
export class Window {
  #first: string | undefined;
  #hidden = 0;
  readonly #step: number;
  #most: number;

  /** `drawn` turns are drawn at least; `step` go or come at a time. */
  constructor(drawn = 200, step = 100) {
    this.#most = drawn;
    this.#step = step;
  }

  /** The turns to draw; `atEnd`: nobody reads what is far above. */
  of(turns: readonly Turn[], atEnd: boolean): readonly Turn[] {
    const known = turns.findIndex(({ id }) => id === this.#first);
    const long = turns.length - Math.max(0, known) >= this.#most + this.#step;
    const from = (known < 0 || atEnd) && long ? turns.length - this.#most : Math.max(0, known);
    this.#first = turns[from]?.id;
    this.#hidden = from;
    return turns.slice(from);
  }

  /** Whether some are not drawn. */
  get more(): boolean {
    return this.#hidden > 0;
  }

  /** Draw some more of `turns` from now on. */
  widen(turns: readonly Turn[]): void {
    const at = turns.findIndex(({ id }) => id === this.#first);
    this.#most += this.#step;
    this.#first = turns[Math.max(0, at - this.#step)]?.id;
  }
}
