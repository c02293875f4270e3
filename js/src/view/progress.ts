/**
 * The bar of a call that runs, with the tool's own words.
 */

import { dict, type ToolCall } from "../core/index";
import { element, setText, show } from "./element";
import { STRINGS } from "./strings";
import { oneLine } from "./words";

/** A bar that is shown while the call runs and has said how far it is. */
export class Progress {
  readonly element = element("div", "progress");
  readonly #bar = element("progress");
  readonly #share = element("span", "share");
  readonly #text = element("span", "dim");

  constructor() {
    this.#bar.max = 1;
    this.element.append(this.#bar, this.#share, this.#text);
    show(this.element, false);
  }

  update({ progress, status, tool_name }: ToolCall): void {
    show(this.element, status === "running" && progress !== undefined);
    const { fraction, text } = dict(progress);
    const known = typeof fraction === "number" && fraction >= 0 && fraction <= 1;
    if (known) this.#bar.value = fraction;
    else this.#bar.removeAttribute("value");
    setText(this.#share, known ? `${Math.round(fraction * 100)} %` : "");
    setText(this.#text, oneLine(text, 200));
    this.#bar.setAttribute("aria-label", oneLine(tool_name, 80) || STRINGS.unnamedTool);
  }
}
