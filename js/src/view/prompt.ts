/**
 * What the user asked: a bubble in the chat; in a cell nothing, because the cell above says it, except
 * in Voila, which shows outputs alone.
 */

import type { Turn } from "../core/index";
import { prompt } from "../core/index";
import { filesOf } from "./asked";
import { button, element, setText, show } from "./element";
import { extras } from "./extras";
import { fileChip } from "./file";
import type { More } from "./more";
import { Reply } from "./reply";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";

type Editor = InstanceType<More["Editor"]>;

/** The post of one turn, with the note that it still waits. */
export class Prompt {
  readonly element = element("div", "prompt");
  readonly #scene: Scene;
  readonly #bubble = element("div", "bubble plain");
  readonly #files = element("div", "files");
  readonly #acts: HTMLElement;
  readonly #edit: HTMLButtonElement;
  readonly #queued: HTMLElement;
  readonly #reply: Reply;
  #editor: Editor | undefined;
  #turn: Turn | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
    const { signal } = scene;
    const back = button(STRINGS.takeBack, "quiet", (event) => this.#takeBack(event), signal);
    this.#reply = new Reply(scene, [back], STRINGS.takingBack);
    this.#queued = element("div", "note dim", STRINGS.queued, back, this.#reply.line);
    this.#edit = button(STRINGS.edit, "quiet", () => void this.#startEdit(), signal);
    this.#edit.dataset.act = "edit";
    this.#edit.title = STRINGS.editHint;
    this.#acts = element("div", "acts", this.#edit);
    this.#bubble.dir = "auto";
    this.element.append(this.#bubble, this.#files, this.#acts, this.#queued);
  }

  update(turn: Turn): void {
    if (this.#turn?.posts !== turn.posts) this.#drawFiles(turn);
    this.#turn = turn;
    const told = this.#scene.place === "chat" || isSourceHidden();
    const text = prompt(turn).trim();
    setText(this.#bubble, text);
    show(this.#bubble, told && text !== "" && !this.#editor);
    show(this.#queued, turn.status === "queued");
    show(this.element, told || !this.#files.hidden || turn.status === "queued");
  }

  /** Whether another question may be asked in place of this one now. */
  allow(free: boolean): void {
    show(this.#acts, this.#scene.place === "chat" && free && !this.#editor);
  }

  #drawFiles(turn: Turn): void {
    const chips = filesOf(turn).map((file) => fileChip(file, this.#scene));
    this.#files.replaceChildren(...chips);
    show(this.#files, chips.length > 0);
  }

  async #startEdit(): Promise<void> {
    const loaded = await extras(this.#scene, this.element);
    if (!loaded) this.#scene.announce(STRINGS.needsMore);
    if (!loaded || !this.#turn || this.#editor) return;
    this.#editor = new loaded.Editor(this.#turn, this.#scene, () => this.#endEdit());
    this.element.prepend(this.#editor.element);
    show(this.#bubble, false);
    show(this.#acts, false);
    this.#editor.focus();
  }

  #endEdit(): void {
    this.#editor?.element.remove();
    this.#editor = undefined;
    show(this.#bubble, this.#bubble.textContent !== "");
    show(this.#acts, true);
    this.#edit.focus({ preventScroll: true });
  }

  #takeBack(event: Event): void {
    if (this.#turn) void this.#reply.send({ type: "cancel", turn_id: this.#turn.id }, event);
  }
}

function isSourceHidden(): boolean {
  const { body } = document;
  return body.dataset.voila !== undefined && body.querySelector(".jp-InputArea-editor") === null;
}
