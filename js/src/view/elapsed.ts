/**
 * How long something has been going on, ticking.
 *
 * Its one law: it counts from the time that the log gives, so a reload or a second view says the same.
 */

import { setText } from "./element";
import { duration } from "./words";

const TICK = 1_000;

/** Writes the seconds since a time into `target`, until `stop` or until `signal` aborts. */
export class Elapsed {
  readonly #target: HTMLElement;
  #since = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(target: HTMLElement, signal: AbortSignal) {
    this.#target = target;
    signal.addEventListener("abort", () => this.stop(), { once: true });
  }

  /** Tick from `at` on, an ISO time; a time that is missing or to come counts as now. */
  start(at: string | undefined): void {
    if (this.#timer !== undefined) return;
    const since = Date.parse(at ?? "");
    this.#since = Math.min(Number.isNaN(since) ? Date.now() : since, Date.now());
    this.#timer = setInterval(() => this.#show(), TICK);
    this.#show();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #show(): void {
    const seconds = Math.floor((Date.now() - this.#since) / TICK);
    setText(this.#target, seconds > 0 ? duration(seconds * TICK) : "");
  }
}
