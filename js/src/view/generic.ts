/**
 * What this version has no drawing for: shown as it is, never hidden.
 */

import type { Message } from "../core/index";
import { element, setText } from "./element";
import { LongText } from "./long";
import type { Part, Scene } from "./scene";
import { STRINGS } from "./strings";
import { oneLine, readable } from "./words";

/** An item of an unknown kind. */
export class GenericPart implements Part {
  readonly element = element("div", "part card generic");
  readonly #title = element("div", "dim");
  readonly #data: LongText;

  constructor({ signal }: Scene) {
    this.#data = new LongText(signal);
    this.element.append(this.#title, this.#data.element);
  }

  update({ kind, data }: Message): void {
    setText(this.#title, STRINGS.unknownItem(oneLine(kind, 60)));
    this.#data.update(readable(data));
  }
}
