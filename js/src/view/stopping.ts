/**
 * The button that stops the running turn.
 *
 * Its one law: the press is on the screen at once, before anybody has heard of it; the engine's word
 * that the turn has ended takes the button away.
 */

import type { Turn } from "../core/index";
import { button, setText, show } from "./element";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";

/** Stops one turn; `say` is told why it could not. */
export class StopButton {
  readonly element: HTMLButtonElement;
  readonly #scene: Scene;
  readonly #say: (text: string) => void;
  #turn: Turn | undefined;
  #stopping: string | undefined;

  constructor(scene: Scene, say: (text: string) => void) {
    this.#scene = scene;
    this.#say = say;
    this.element = button(STRINGS.stop, "stop", () => void this.#stop(), scene.signal);
  }

  /** Whether the turn that was drawn last is being stopped. */
  get stopping(): boolean {
    return this.#turn !== undefined && this.#stopping === this.#turn.id;
  }

  /** Stop `turn` when pressed; undefined: there is nothing to stop. */
  update(turn: Turn | undefined): void {
    this.#turn = turn;
    show(this.element, turn !== undefined);
    this.#draw();
  }

  #draw(): void {
    setText(this.element, this.stopping ? STRINGS.stopping : STRINGS.stop);
    // Not disabled: that would take the keyboard away from who pressed it.
    this.element.setAttribute("aria-disabled", String(this.stopping));
  }

  async #stop(): Promise<void> {
    if (!this.#turn || this.stopping) return;
    const { id } = this.#turn;
    this.#stopping = id;
    this.#draw();
    this.#scene.say(STRINGS.stopping);
    const { error } = await this.#scene.link.send({ type: "cancel", turn_id: id });
    if (error) this.#stopping = undefined;
    this.#draw();
    this.#say(error?.message ?? "");
  }
}
