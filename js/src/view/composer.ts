/**
 * Where the user writes.
 *
 * Its one law: what was typed is kept until the kernel has it.
 */

import { openTurn } from "../core/index";
import { button, element, setText, show } from "./element";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";

const MOST_LINES = 12;

/** The box for the next message, with *Send* and, while the agent works, *Stop*. */
export class Composer {
  readonly element = element("form", "composer");
  readonly #scene: Scene;
  readonly #box = element("textarea");
  readonly #send: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  readonly #error = element("div", "line failed");
  #sending = false;

  constructor(scene: Scene) {
    this.#scene = scene;
    const { signal } = scene;
    this.#send = button(STRINGS.send, "primary send", () => void this.#submit(), signal);
    this.#stop = button(STRINGS.stop, "stop", () => void this.#halt(), signal);
    this.#error.setAttribute("role", "alert");
    show(this.#error, false);
    this.#prepare(signal);
    const buttons = element("div", "buttons", this.#stop, this.#send);
    this.element.append(this.#error, element("div", "field", this.#box, buttons));
  }

  /** Put `text` into the box, for the user to change or send. */
  fill(text: string): void {
    this.#box.value = text;
    this.#changed();
    this.#box.focus();
  }

  /** Draw what the link's state allows. */
  update(): void {
    const { status, conversation } = this.#scene.link;
    const off = conversation.terminated || status === "gone";
    this.element.classList.toggle("off", off);
    this.#box.readOnly = this.#sending || conversation.terminated;
    this.#send.disabled = off || this.#sending || this.#box.value.trim() === "";
    setText(this.#send, this.#sending ? STRINGS.sending : STRINGS.send);
    show(this.#stop, openTurn(conversation) !== undefined);
  }

  #prepare(signal: AbortSignal): void {
    this.#box.rows = 1;
    this.#box.name = "message";
    this.#box.placeholder = STRINGS.message;
    this.#box.setAttribute("aria-label", STRINGS.message);
    this.#box.title = STRINGS.composerHint;
    this.#box.addEventListener("input", () => this.#changed(), { signal });
    this.#box.addEventListener("keydown", (event) => this.#typed(event), { signal });
    this.element.addEventListener("submit", (event) => event.preventDefault(), { signal });
  }

  /** Enter chooses a word while an input method is open: then it sends nothing. */
  #typed(event: KeyboardEvent): void {
    const plain = event.key === "Enter" && !event.shiftKey && !event.altKey;
    // Safari ends the composition before its Enter arrives, with this code.
    if (!plain || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    void this.#submit();
  }

  #changed(): void {
    this.#box.style.height = "auto";
    const line = Number.parseFloat(getComputedStyle(this.#box).lineHeight) || 20;
    const height = Math.min(this.#box.scrollHeight, MOST_LINES * line);
    this.#box.style.height = `${height}px`;
    this.update();
  }

  async #submit(): Promise<void> {
    const content = this.#box.value;
    if (this.#send.disabled || content.trim() === "") return;
    this.#setSending(true);
    const { error } = await this.#scene.link.send({ type: "post", messages: [{ content }] });
    if (!error) this.#box.value = "";
    this.#say(error ? STRINGS.notSent(error.message) : "");
    this.#setSending(false);
    this.#changed();
  }

  async #halt(): Promise<void> {
    const open = openTurn(this.#scene.link.conversation);
    if (!open) return;
    this.#stop.disabled = true;
    const { error } = await this.#scene.link.send({ type: "cancel", turn_id: open.id });
    this.#stop.disabled = false;
    this.#say(error?.message ?? "");
  }

  #setSending(sending: boolean): void {
    this.#sending = sending;
    this.update();
  }

  #say(text: string): void {
    setText(this.#error, text);
    show(this.#error, text !== "");
  }
}
