/**
 * A quiet line about the turn itself: the provider is waited for, old turns were summed up.
 *
 * Its one law: it is plain text; what a model wrote in it is no markup.
 */

import type { Message } from "../core/index";
import { str } from "../core/index";
import { element, setText, show } from "./element";
import type { Part } from "./scene";
import { oneLine } from "./words";

/** A note, with what it is about to open where there is more of it. */
export class NotePart implements Part {
  readonly element = element("div", "part note dim");
  readonly #line = element("div");
  readonly #fold = element("details");
  readonly #title = element("summary");
  readonly #detail = element("div", "plain");

  constructor() {
    this.#fold.append(this.#title, this.#detail);
    this.element.append(this.#line, this.#fold);
  }

  update({ data }: Message): void {
    const detail = str(data.detail);
    const line = oneLine(data.text, 400);
    setText(this.#line, line);
    setText(this.#title, line);
    setText(this.#detail, detail);
    show(this.#line, detail === "");
    show(this.#fold, detail !== "");
  }
}
