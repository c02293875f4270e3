/**
 * Find out whether the kernel still answers.
 *
 * Its one law: silence means nothing unless something was asked. Three seconds of silence after a
 * question are `busy`, ten are `gone`, and any word from the kernel ends both.
 */

/** After so many milliseconds without an answer: ask again, and take the silence for this. */
const STEPS: readonly (readonly [number, Silence])[] = [
  [3_000, "busy"],
  [6_000, "busy"],
  [10_000, "gone"],
];

/** How long the kernel has kept silent, in words. */
export type Silence = "none" | "busy" | "gone";

/** Watches one kernel. `ask` sends a question, `changed` is called when `silence` differs. */
export class Liveness {
  readonly #ask: () => void;
  readonly #changed: () => void;
  #silence: Silence = "none";
  #timers: readonly ReturnType<typeof setTimeout>[] = [];

  constructor(ask: () => void, changed: () => void) {
    this.#ask = ask;
    this.#changed = changed;
  }

  get silence(): Silence {
    return this.#silence;
  }

  /** Whether an answer is awaited. */
  get waits(): boolean {
    return this.#timers.length > 0;
  }

  /** A question is under way that the kernel answers when it can. */
  asked(): void {
    if (this.waits) return;
    this.#timers = STEPS.map(([after, silence]) => setTimeout(() => this.#step(silence), after));
  }

  /** There is certainly nobody who could answer. */
  lost(): void {
    this.asked();
    this.#become("gone");
  }

  /** The kernel said something. */
  heard(): void {
    this.stop();
    this.#become("none");
  }

  /** Wait no longer: nobody looks any more. */
  stop(): void {
    this.#timers.forEach(clearTimeout);
    this.#timers = [];
  }

  #step(silence: Silence): void {
    this.#ask();
    if (this.#silence !== "gone") this.#become(silence);
  }

  #become(silence: Silence): void {
    if (silence === this.#silence) return;
    this.#silence = silence;
    this.#changed();
  }
}
