/**
 * Know whether something has stood still long enough to be pressed on purpose.
 *
 * Text that grows above a card moves it, and a press that was meant for something else lands on
 * *Approve*. Its one law: a press by pointer counts only on what has not moved for 300 ms.
 */

const STILL = 300;
const LOOK = 100;

/** Watches where `target` is, between `start` and `stop`; `data-moving` says that it moves. */
export class Steady {
  readonly #target: HTMLElement;
  #timer: ReturnType<typeof setInterval> | undefined;
  #movedAt = 0;
  #place = "";

  constructor(target: HTMLElement, signal: AbortSignal) {
    this.#target = target;
    signal.addEventListener("abort", () => this.stop(), { once: true });
  }

  /** Watch from now on; what has just appeared has just moved. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#look(), LOOK);
    this.moved();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    delete this.#target.dataset.moving;
  }

  /** What stands there is something else now. */
  moved(): void {
    this.#movedAt = Date.now();
    this.#look();
  }

  /** Whether `event` may count: keys always, a pointer on what stands still. */
  allows(event: Event): boolean {
    const byPointer = event instanceof MouseEvent && event.detail > 0;
    if (!byPointer) return true;
    this.#look();
    return !this.#moving;
  }

  get #moving(): boolean {
    return Date.now() - this.#movedAt < STILL;
  }

  #look(): void {
    const { left, top } = this.#target.getBoundingClientRect();
    const place = `${Math.round(left)},${Math.round(top)}`;
    if (place !== this.#place) this.#movedAt = Date.now();
    this.#place = place;
    if (this.#moving) this.#target.dataset.moving = "";
    else delete this.#target.dataset.moving;
  }
}
