/**
 * What opens above the composer: the list of conversations, the export, the help.
 *
 * They are in the second file. Its one law: the keyboard goes in with the person who opened it, and
 * comes back to where it was.
 */

import { element, show } from "./element";
import { extras } from "./extras";
import type { More } from "./more";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";

/** What a panel may show. */
export type PanelName = "sessions" | "export" | "help";

/** Holds one panel at a time; `say` is told what went wrong. */
export class Panel {
  readonly element = element("div", "panel");
  readonly #scene: Scene;
  readonly #say: (text: string) => void;
  #open: AbortController | undefined;
  #name: PanelName | undefined;
  #back: HTMLElement | undefined;

  constructor(scene: Scene, say: (text: string) => void) {
    this.#scene = scene;
    this.#say = say;
    show(this.element, false);
    const { signal } = scene;
    this.element.addEventListener("keydown", (event) => this.#typed(event), { signal });
    signal.addEventListener("abort", () => this.#open?.abort(), { once: true });
  }

  /** Open `name`, or close it if it is open. The keyboard comes back to `back`. */
  async toggle(name: PanelName, back: HTMLElement): Promise<void> {
    const again = this.#name === name;
    this.close();
    if (again) return;
    this.#name = name;
    const loaded = await extras(this.#scene, this.element);
    if (this.#name !== name) return;
    if (loaded) this.#draw(name, loaded, back);
    else {
      this.#name = undefined;
      this.#say(STRINGS.needsMore);
    }
  }

  close(): void {
    this.#name = undefined;
    if (!this.#open) return;
    this.#open.abort();
    this.#open = undefined;
    show(this.element, false);
    this.element.replaceChildren();
    this.#back?.focus();
  }

  #draw(name: PanelName, loaded: More, back: HTMLElement): void {
    this.#open = new AbortController();
    this.#back = back;
    const scene = { ...this.#scene, signal: this.#open.signal };
    this.element.replaceChildren(loaded.panels[name](scene, () => this.close()));
    show(this.element, true);
    this.element.querySelector<HTMLElement>("[data-first]")?.focus();
  }

  #typed(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    this.close();
  }
}
