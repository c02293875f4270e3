/**
 * The way of a person's answer to the kernel.
 *
 * Its one law: while an answer is under way its buttons are off; if it is refused they come back
 * beside one line that says why.
 */

import type { Wish } from "../link/link";
import { element, setText, show } from "./element";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";

/** What is off while an answer is under way. */
type Control = HTMLButtonElement | HTMLTextAreaElement | HTMLSelectElement;

/** Sends answers from a set of controls. Put `line` near them. */
export class Reply {
  readonly line = element("div", "line");
  readonly #scene: Scene;
  readonly #controls: readonly Control[];
  readonly #word: string;

  /** `word` is said while the answer is under way. */
  constructor(scene: Scene, controls: Reply["controls"], word: string = STRINGS.answering) {
    this.#scene = scene;
    this.#controls = controls;
    this.#word = word;
    this.line.setAttribute("role", "status");
    show(this.line, false);
  }

  get controls(): readonly Control[] {
    return this.#controls;
  }

  /** Send `wish` if a person asked for it with `event`. */
  async send(wish: Wish, event: Event): Promise<void> {
    if (!this.#scene.trusts(event)) return;
    this.#enable(false);
    this.#say(this.#word, false);
    const { error } = await this.#scene.link.send(wish);
    // Without an error the buttons stay off: the log says next what came of it.
    this.#say(error?.message ?? "", error !== undefined);
    if (error) this.#enable(true);
  }

  /** Whether an answer is under way, or was taken. */
  get sending(): boolean {
    return this.#controls.some((control) => control.disabled);
  }

  /** Say why nothing was sent. */
  say(text: string): void {
    this.#say(text, true);
  }

  #enable(enabled: boolean): void {
    for (const control of this.#controls) control.disabled = !enabled;
  }

  #say(text: string, failed: boolean): void {
    setText(this.line, text);
    this.line.classList.toggle("failed", failed);
    show(this.line, text !== "");
  }
}
