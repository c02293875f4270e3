/**
 * Draw at most once per animation frame, and not at all while nobody can see it.
 *
 * Its one law: whatever was asked while the view was hidden is drawn once when it comes into sight.
 */

/** Draws one element. `request` may be called as often as one likes. */
export class Painter {
  readonly #paint: () => void;
  #visible = true;
  #wanted = false;
  #frame: number | undefined;

  /** Call `paint` when asked and `target` can be seen, until `signal` aborts. */
  constructor(target: Element, paint: () => void, signal: AbortSignal) {
    this.#paint = paint;
    this.#watch(target, signal);
    document.addEventListener("visibilitychange", () => this.#schedule(), { signal });
    signal.addEventListener("abort", () => this.#stop(), { once: true });
  }

  /** Whether a person may see the view now. */
  get shown(): boolean {
    return this.#visible && !document.hidden;
  }

  /** Draw in the next frame, or when the view comes into sight. */
  request(): void {
    this.#wanted = true;
    this.#schedule();
  }

  /** Draw now what was asked for. */
  flush(): void {
    this.#wanted = false;
    this.#paint();
  }

  #schedule(): void {
    if (!this.#wanted || !this.shown || this.#frame !== undefined) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      if (this.#wanted && this.shown) this.flush();
    });
  }

  #watch(target: Element, signal: AbortSignal): void {
    if (typeof IntersectionObserver === "undefined") return;
    // Half a screen ahead, so that what scrolls into sight is there already.
    const observer = new IntersectionObserver((entries) => this.#seen(entries.at(-1)), {
      rootMargin: "50%",
    });
    observer.observe(target);
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  }

  #seen(entry: IntersectionObserverEntry | undefined): void {
    this.#visible = entry?.isIntersecting ?? true;
    this.#schedule();
  }

  #stop(): void {
    this.#wanted = false;
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }
}
