/**
 * Text in a `<pre>`, all of it, folded while it is long.
 *
 * Its one law: nothing is left out: what is folded is one press away.
 */

import { button, element, setText, show } from "./element";
import { STRINGS } from "./strings";

const LINES = 12;
const CHARACTERS = 1_200;

/** A growing or changing text; `element` stands in the document. */
export class LongText {
  readonly element = element("div", "long");
  readonly #pre = element("pre", "plain");
  readonly #more: HTMLButtonElement;
  #text = "";
  #open = false;

  constructor(signal: AbortSignal) {
    this.#pre.tabIndex = 0;
    this.#more = button("", "quiet more", () => this.#toggle(), signal);
    this.element.append(this.#pre, this.#more);
  }

  /** Show `text` from now on; whether it is unfolded stays as it is. */
  update(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#draw();
  }

  /** Show all of it now; the reader may fold it again. */
  unfold(): void {
    this.#open = true;
    this.#draw();
  }

  #toggle(): void {
    this.#open = !this.#open;
    this.#draw();
  }

  #draw(): void {
    const lines = this.#text.split("\n");
    const long = lines.length > LINES || this.#text.length > CHARACTERS;
    setText(this.#pre, long && !this.#open ? beginning(lines) : this.#text);
    show(this.#more, long);
    this.#more.textContent = this.#open ? STRINGS.showLess : STRINGS.showAll(lines.length);
    this.#more.setAttribute("aria-expanded", String(this.#open));
  }
}

function beginning(lines: readonly string[]): string {
  const head = lines.slice(0, LINES).join("\n");
  return `${head.slice(0, CHARACTERS)}…`;
}
