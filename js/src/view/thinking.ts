/**
 * What the agent thought on the way, folded: there for who wants it, quiet for all others.
 */

import type { Message } from "../core/index";
import { element, setText } from "./element";
import type { Part } from "./scene";
import { STRINGS } from "./strings";
import { duration, oneLine } from "./words";

/** Thinking, growing or done. Plain text: it is not an answer. */
export class ThinkingPart implements Part {
  readonly element = element("details", "part thinking");
  readonly #summary = element("summary");
  readonly #text = element("div", "plain");

  constructor() {
    this.element.append(this.#summary, this.#text);
  }

  update({ text, status, data }: Message): void {
    const open = status === "open";
    this.element.classList.toggle("open", open);
    const title = open ? STRINGS.thinking : STRINGS.thought(duration(data.duration_ms));
    setText(this.#summary, title);
    setText(this.#text, text || oneLine(data.summary, 2_000));
  }
}
