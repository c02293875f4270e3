/**
 * What is there before anything was said: an invitation, and three ways to begin.
 */

import { button, element, setText, show } from "./element";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";

/** The empty state of a chat; a press on an example calls `choose` with it. */
export class Empty {
  readonly element = element("div", "empty");
  readonly #scene: Scene;
  readonly #text = element("p", "dim");

  constructor(scene: Scene, choose: (text: string) => void) {
    this.#scene = scene;
    const examples = STRINGS.examples.map((text) =>
      button(text, "example", () => choose(text), scene.signal),
    );
    const title = element("h2", "", STRINGS.emptyTitle);
    this.element.append(title, this.#text, element("div", "examples", ...examples));
  }

  /** Show it or not; before the first snapshot nobody knows whether anything was said. */
  update(empty: boolean): void {
    const { held, agentName } = this.#scene.link;
    setText(this.#text, STRINGS.emptyText(agentName));
    show(this.element, empty && held);
  }
}
