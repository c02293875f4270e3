/**
 * The box in which an earlier message is changed and asked anew.
 *
 * Its one law: the keys are those of the composer; Escape leaves everything as it was.
 */

import { prompt, type Turn } from "../core/index";
import { askInstead } from "../view/asked";
import { button, element } from "../view/element";
import { sendsOnEnter } from "../view/keys";
import { Reply } from "../view/reply";
import type { Scene } from "../view/scene";
import { STRINGS } from "../view/strings";
import { MORE } from "./strings";

const MOST_LINES = 12;

/** Edits the prompt of one turn; `leave` is called when the user gives up. */
export class Editor {
  readonly element = element("div", "editor");
  readonly #turn: Turn;
  readonly #box = element("textarea");
  readonly #reply: Reply;
  readonly #leave: () => void;

  constructor(turn: Turn, scene: Scene, leave: () => void) {
    this.#turn = turn;
    this.#leave = leave;
    const send = button(MORE.saveEdit, "primary", (event) => this.#send(event), scene.signal);
    const cancel = button(MORE.cancelEdit, "", leave, scene.signal);
    this.#reply = new Reply(scene, [send, cancel, this.#box], STRINGS.asking);
    this.#prepare(scene.signal);
    const hint = element("span", "dim", MORE.editHint);
    this.element.append(this.#box, element("div", "buttons", hint, cancel, send), this.#reply.line);
  }

  /** Put the keyboard into the box, behind the text. */
  focus(): void {
    this.#box.focus();
    this.#box.setSelectionRange(this.#box.value.length, this.#box.value.length);
  }

  #prepare(signal: AbortSignal): void {
    const text = prompt(this.#turn);
    this.#box.value = text;
    this.#box.dir = "auto";
    this.#box.rows = Math.min(MOST_LINES, Math.max(2, text.split("\n").length));
    this.#box.setAttribute("aria-label", STRINGS.edit);
    this.#box.addEventListener("keydown", (event) => this.#typed(event), { signal });
  }

  #typed(event: KeyboardEvent): void {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      this.#leave();
    } else if (sendsOnEnter(event)) this.#send(event);
  }

  #send(event: Event): void {
    event.preventDefault();
    const content = this.#box.value;
    if (content.trim() === "") return;
    void this.#reply.send(askInstead(this.#turn, content), event);
  }
}
