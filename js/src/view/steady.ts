/**
 * Know whether something has stood still long enough to be pressed on purpose.
 *
 * Text that grows above a card moves it, and a press that was meant for something else lands on
 * *Approve*. Its one law: a press by pointer counts only on what has not moved for 300 ms.
 */

const STILL = 300;

/** Watches where `target` is, between `start` and `stop`; `data-moving` says that it moves. */
export class Steady {
  readonly #target: HTMLElement;
  readonly #seen: IntersectionObserver | undefined;
  #on = false;
  /** Whether it stood still when the pointer went down on it. */
  #stood = false;
  #down = false;
  #frame: number | undefined;
  #movedAt = 0;
  #place = "";

  constructor(target: HTMLElement, signal: AbortSignal) {
    this.#target = target;
    if (typeof IntersectionObserver !== "undefined") {
      // Out of sight nobody presses it, and nothing need be watched.
      this.#seen = new IntersectionObserver((all) => this.#inSight(all.at(-1)?.isIntersecting));
    }
    // The press counts, not the release: a notebook may scroll to the cell in between.
    target.addEventListener("pointerdown", () => this.#pressed(), { signal });
    for (const up of ["pointerup", "pointercancel"]) {
      document.addEventListener(up, () => this.#released(), { signal, capture: true });
    }
    signal.addEventListener("abort", () => this.stop(), { once: true });
  }

  /** Watch from now on; what has just appeared has just moved. */
  start(): void {
    if (this.#on) return;
    this.#on = true;
    this.moved();
    this.#watch();
    this.#seen?.observe(this.#target);
  }

  stop(): void {
    this.#on = false;
    this.#seen?.disconnect();
    this.#rest();
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
    return !byPointer || this.#stood;
  }

  get #moving(): boolean {
    return Date.now() - this.#movedAt < STILL;
  }

  #pressed(): void {
    this.#down = true;
    this.#look();
    this.#stood = !this.#moving;
  }

  #released(): void {
    this.#down = false;
  }

  #inSight(seen: boolean | undefined): void {
    this.#rest();
    if (seen) this.#watch();
  }

  #watch(): void {
    this.#look();
    this.#frame = requestAnimationFrame(() => this.#watch());
  }

  #rest(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #look(): void {
    const { left, top } = this.#target.getBoundingClientRect();
    const place = `${Math.round(left)},${Math.round(top)}`;
    if (place !== this.#place) this.#movedAt = Date.now();
    this.#place = place;
    // A button that goes off between press and release would never hear of its click.
    if (!this.#down) this.#mark();
  }

  #mark(): void {
    if (this.#moving === "moving" in this.#target.dataset) return;
    if (this.#moving) this.#target.dataset.moving = "";
    else delete this.#target.dataset.moving;
  }
}
