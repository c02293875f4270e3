/**
 * What the agent says, drawn while it arrives.
 *
 * Its one law: only what is new is parsed and drawn.
 */

import type { Message } from "../core/index";
import { addCodeHeader } from "./code";
import { element } from "./element";
import { MarkdownStream } from "./markdown/index";
import type { Part, Scene } from "./scene";

/** A reply, or a piece of one between tool calls. */
export class TextPart implements Part {
  readonly element = element("div", "part text");
  readonly #stream: MarkdownStream;

  constructor({ signal }: Scene) {
    const onCode = (pre: HTMLPreElement, info: string) => addCodeHeader(pre, info, signal);
    this.#stream = new MarkdownStream(this.element, { onCode, signal });
  }

  update({ text, status }: Message): void {
    this.#stream.replace(text);
    if (status !== "open") this.#stream.end();
    this.element.classList.toggle("cut", status === "interrupted");
    // Screen readers wait for the whole of it.
    this.element.setAttribute("aria-busy", String(status === "open"));
  }
}
