/**
 * What the agent says, drawn while it arrives.
 *
 * Its one law: only what is new is parsed and drawn.
 */

import type { Message } from "../core/index";
import { dressCode } from "./code";
import { button, element } from "./element";
import type { Formula } from "./markdown/formula";
import { MarkdownStream } from "./markdown/index";
import type { Picture } from "./markdown/picture";
import { more, moreNow } from "./more";
import type { Part, Scene } from "./scene";
import { STRINGS } from "./strings";

/** A reply, or a piece of one between tool calls. */
export class TextPart implements Part {
  readonly element = element("div", "part text");
  readonly #stream: MarkdownStream;
  readonly #scene: Scene;
  readonly #pictures: Picture[] = [];

  constructor(scene: Scene) {
    const { signal } = scene;
    this.#scene = scene;
    this.#stream = new MarkdownStream(this.element, {
      onCode: (_pre, _info, code) => dressCode(code, scene),
      onFormula: (formula) => drawFormula(formula, scene),
      onPicture: (picture) => this.#offer(picture, scene),
      signal,
    });
    this.element.addEventListener("click", (event) => followNote(this.element, event), { signal });
  }

  update({ text, status }: Message): void {
    this.#stream.replace(text);
    if (status !== "open") this.#finish();
    this.element.classList.toggle("cut", status === "interrupted");
    // Screen readers wait for the whole of it.
    this.element.setAttribute("aria-busy", String(status === "open"));
  }

  #finish(): void {
    this.#stream.end();
    // Not before: half an address would be fetched with every word that it grows by.
    const trusted = this.#scene.link.imageHosts;
    for (const picture of this.#pictures.splice(0)) {
      if (this.element.contains(picture.element) && picture.isFrom(trusted)) picture.load();
    }
  }

  #offer(picture: Picture, { signal, trusts }: Scene): void {
    if (!picture.loads) return;
    this.#pictures.push(picture);
    const load = button(
      STRINGS.loadPicture,
      "quiet",
      (event) => trusts(event) && picture.load(),
      signal,
    );
    picture.element.append(load);
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
