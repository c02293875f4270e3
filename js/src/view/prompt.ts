/**
 * What the user asked: a bubble in the chat; in a cell nothing, because the cell above says it.
 */

import type { Turn } from "../core/index";
import { type Data, dict, list, prompt } from "../core/index";
import { button, element, setText, show } from "./element";
import { Reply } from "./reply";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";
import { bytes, oneLine } from "./words";

/** The post of one turn, with the note that it still waits. */
export class Prompt {
  readonly element = element("div", "prompt");
  readonly #scene: Scene;
  readonly #bubble = element("div", "bubble plain");
  readonly #files = element("div", "files");
  readonly #queued: HTMLElement;
  readonly #reply: Reply;
  #turn: Turn | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
    const back = button(STRINGS.takeBack, "quiet", (event) => this.#takeBack(event), scene.signal);
    this.#reply = new Reply(scene, [back]);
    this.#queued = element("div", "note dim", STRINGS.queued, back, this.#reply.line);
    this.element.append(this.#bubble, this.#files, this.#queued);
  }

  update(turn: Turn): void {
    const files = turn.posts.flatMap((post) => list(post.files)).map(dict);
    if (this.#turn?.posts !== turn.posts) this.#files.replaceChildren(...files.map(chip));
    this.#turn = turn;
    const inChat = this.#scene.place === "chat";
    const text = prompt(turn).trim();
    setText(this.#bubble, text);
    show(this.#bubble, inChat && text !== "");
    show(this.#files, files.length > 0);
    show(this.#queued, turn.status === "queued");
    show(this.element, inChat || files.length > 0 || turn.status === "queued");
  }

  #takeBack(event: Event): void {
    if (this.#turn) void this.#reply.send({ type: "cancel", turn_id: this.#turn.id }, event);
  }
}

function chip({ name, mime, size }: Data): HTMLElement {
  const title = oneLine(name, 60) || oneLine(mime, 60) || "file";
  return element("span", "chip", [title, bytes(size)].filter(Boolean).join(" · "));
}
