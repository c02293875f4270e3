/**
 * What the agent says, drawn while it arrives.
 *
 * Its one law: only what is new is parsed and drawn.
 */

import type { Message } from "../core/index";
import { dressCode } from "./code";
import { element } from "./element";
import type { Formula } from "./markdown/formula";
import { MarkdownStream } from "./markdown/index";
import { more, moreNow } from "./more";
import type { Part, Scene } from "./scene";

/** A reply, or a piece of one between tool calls. */
export class TextPart implements Part {
  readonly element = element("div", "part text");
  readonly #stream: MarkdownStream;

  constructor(scene: Scene) {
    const { signal } = scene;
    this.#stream = new MarkdownStream(this.element, {
      onCode: (_pre, _info, code) => dressCode(code, scene),
      onFormula: (formula) => drawFormula(formula, scene),
      signal,
    });
    this.element.addEventListener("click", (event) => followNote(this.element, event), { signal });
  }

  update({ text, status }: Message): void {
    this.#stream.replace(text);
    if (status !== "open") this.#stream.end();
    this.element.classList.toggle("cut", status === "interrupted");
    // Screen readers wait for the whole of it.
    this.element.setAttribute("aria-busy", String(status === "open"));
  }
}

function drawFormula(formula: Formula, { link, signal }: Scene): void {
  const here = moreNow();
  if (here) formula.draw(here.math(formula.tex, formula.display));
  else
    void more(link).then((loaded) => {
      if (loaded && !signal.aborted) formula.draw(loaded.math(formula.tex, formula.display));
    });
}

/** From a footnote's number to what it says. */
function followNote(root: HTMLElement, { target }: Event): void {
  if (!(target instanceof HTMLElement) || !target.matches(".noteref")) return;
  const labels = [...root.querySelectorAll<HTMLElement>(".note > .label")];
  const label = labels.find(({ textContent }) => textContent === target.textContent);
  if (!label) return;
  label.tabIndex = -1;
  label.focus({ preventScroll: true });
  label.scrollIntoView({ block: "nearest" });
}
