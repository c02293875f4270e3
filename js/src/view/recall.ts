/**
 * Bring back what was asked before, with the arrow keys.
 *
 * Its one law: what was being written is never lost: it is where the way back begins.
 */

import { path, prompt } from "../core/index";
import type { Scene } from "./scene";

/** Walks through the prompts of the conversation, for one box. */
export class Recall {
  readonly #scene: Scene;
  #steps = 0;
  #shown: string | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** What the box shall hold after `key`, given what it holds now; undefined: leave it alone. */
  after(key: string, box: HTMLTextAreaElement): string | undefined {
    const untouched = box.value === "" || box.value === this.#shown;
    if (!untouched) this.#steps = 0;
    const by = key === "ArrowUp" ? 1 : key === "ArrowDown" ? -1 : 0;
    if (by === 0 || !untouched || box.selectionStart !== box.selectionEnd) return undefined;
    const asked = this.#prompts();
    const steps = Math.min(asked.length, Math.max(0, this.#steps + by));
    if (steps === this.#steps) return undefined;
    this.#steps = steps;
    this.#shown = asked[steps - 1] ?? "";
    return this.#shown;
  }

  /** The newest first, each once. */
  #prompts(): readonly string[] {
    const asked = path(this.#scene.link.conversation).map((turn) => prompt(turn).trim());
    return [...new Set(asked.reverse())].filter((text) => text !== "");
  }
}
