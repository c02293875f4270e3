/**
 * Keep the end of a growing conversation in sight.
 *
 * Its one law: it follows only a reader who is at the end; who scrolled up to read is left alone.
 */

import { button, element, show } from "./element";
import { STRINGS } from "./strings";

/** Nearer than this to the end, in pixels, is at the end. */
const NEAR = 24;

/** Follows the end of `scroller`. Put `jump` over it. */
export class Follower {
  readonly jump: HTMLElement;
  readonly #scroller: HTMLElement;
  #atEnd = true;
  #top = 0;

  constructor(scroller: HTMLElement, content: HTMLElement, signal: AbortSignal) {
    this.#scroller = scroller;
    this.jump = element(
      "div",
      "jump",
      button(STRINGS.latest, "", () => this.toEnd(), signal),
    );
    show(this.jump, false);
    scroller.addEventListener("scroll", () => this.#look(), { signal, passive: true });
    if (typeof ResizeObserver === "undefined") return;
    // Cards fold and unfold without a new event.
    const observer = new ResizeObserver(() => this.grown());
    observer.observe(content);
    observer.observe(scroller);
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  }

  /** Whether the reader is at the end. */
  get atEnd(): boolean {
    return this.#atEnd;
  }

  /** The content may have grown: go on to its end, if the reader was there. */
  grown(): void {
    if (this.#atEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    else this.#look();
  }

  /** Go to the end and follow it from now on. */
  toEnd(): void {
    this.#atEnd = true;
    this.grown();
    show(this.jump, false);
  }

  /** Content that grows moves the end away, too: only who scrolls up leaves it. */
  #look(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const near = scrollHeight - clientHeight - scrollTop <= NEAR;
    this.#atEnd = near || (this.#atEnd && scrollTop >= this.#top);
    this.#top = scrollTop;
    show(this.jump, !this.#atEnd);
  }
}
