/**
 * A formula: readable TeX, until somebody draws it.
 *
 * Its one law: the TeX stays in the document, so that who selects a drawn formula copies the TeX.
 */

import { type Box, register } from "./box";
import { written } from "./tex";

/** The box of a formula. */
export class Formula implements Box {
  readonly element: HTMLElement;
  /** Without its marks. */
  readonly tex: string;
  /** Whether it stands by itself, larger. */
  readonly display: boolean;
  /** Whether its end is there; nobody should draw it before. */
  readonly whole: boolean;
  readonly #open: string;

  /**
   * @param open The mark that opens it.
   * @param block Whether it is a block, and not a part of a text.
   */
  constructor(open: string, tex: string, block: boolean, whole = true) {
    this.tex = tex;
    this.display = open === "$$" || open === "\\[";
    this.whole = whole;
    this.#open = open;
    this.element = document.createElement(block ? "div" : "span");
    this.element.className = this.display ? "math display" : "math";
    const source = document.createElement("span");
    source.className = "tex";
    source.append(whole ? written(open, tex) : open + tex);
    this.element.append(source);
    register(this);
  }

  /** Show `drawing` in the TeX's place; null leaves the TeX. */
  draw(drawing: Element | null): void {
    if (!drawing || this.element.childElementCount > 1) return;
    this.element.append(drawing);
    this.element.classList.add("drawn");
    // What is drawn is read aloud.
    this.element.firstElementChild?.setAttribute("aria-hidden", "true");
  }

  become(fresh: Box): boolean {
    return (
      fresh instanceof Formula &&
      fresh.tex === this.tex &&
      fresh.#open === this.#open &&
      fresh.whole === this.whole
    );
  }
}
