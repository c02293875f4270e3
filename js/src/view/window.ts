/**
 * Which of many turns are drawn: the newest, and what the reader has asked to see before them.
 *
 * Its one law: a reader who is not at the end sees nothing go; at the end a chat of a thousand turns
 * holds as much of the page as one of two hundred.
 */

import type { Turn } from "../core/index";

/** Turns that are drawn at least, and how many go or come at a time. */
const DRAWN = 200;
const STEP = 100;

/** The window onto a growing list of turns. */
export class Window {
  #first: string | undefined;
  #hidden = 0;
  #most = DRAWN;

  /** The turns to draw; `atEnd`: nobody reads what is far above. */
  of(turns: readonly Turn[], atEnd: boolean): readonly Turn[] {
    const known = turns.findIndex(({ id }) => id === this.#first);
    const long = turns.length - Math.max(0, known) >= this.#most + STEP;
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
    this.#most += STEP;
    this.#first = turns[Math.max(0, at - STEP)]?.id;
  }
}
