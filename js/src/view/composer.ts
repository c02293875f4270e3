/**
 * Where the user writes.
 *
 * Its one law: what was typed is kept until the kernel has it.
 */

import { type Data, openTurn } from "../core/index";
import type { LinkStatus } from "../link/link";
import { draftOf, keepDraft } from "./draft";
import { acceptFiles, chooser } from "./dropping";
import { button, element, setText, show } from "./element";
import { extras } from "./extras";
import { sendsOnEnter } from "./keys";
import type { More } from "./more";
import { Panel } from "./panel";
import { Recall } from "./recall";
import type { Scene } from "./scene";
import { commandIn, mayBeCommand, type Typed } from "./slash";
import { StopButton } from "./stopping";
import { STRINGS } from "./strings";

const MOST_LINES = 12;

type Completion = InstanceType<More["Completion"]>;
type Attachments = InstanceType<More["Attachments"]>;

/** The box for the next message, with *Send*, files and, while the agent works, *Stop*. */
export class Composer {
  readonly element = element("form", "composer");
  readonly panel: Panel;
  readonly #scene: Scene;
  readonly #box = element("textarea");
  readonly #send: HTMLButtonElement;
  readonly #stop: StopButton;
  readonly #chips = element("div");
  readonly #recall: Recall;
  readonly #line = element("div", "line failed");
  readonly #waits = element("div", "line", STRINGS.waitsForKernel);
  readonly #list = element("div", "completion");
  #completion: Completion | undefined;
  #files: Attachments | undefined;
  #session = "";
  #sending = false;
  /** How much of the files has arrived. */
  #share = 1;

  /** Files that are dropped on or pasted into `ground` are attached. */
  constructor(scene: Scene, ground: HTMLElement) {
    this.#scene = scene;
    const { signal } = scene;
    this.panel = new Panel(scene, (text) => this.#say(text));
    this.#send = button(STRINGS.send, "primary send", () => void this.#submit(), signal);
    this.#stop = new StopButton(scene, (text) => this.#say(text));
    this.#recall = new Recall(scene);
    this.#prepare(signal);
    const add = (files: readonly File[]) => void this.#attach(files);
    acceptFiles(ground, add, signal);
    const attach = chooser(add, signal);
    const buttons = element("div", "buttons", this.#stop.element, this.#send);
    const field = element("div", "field", this.#chips, attach, this.#box, buttons);
    this.element.append(this.panel.element, this.#line, this.#waits, this.#list, field);
  }

  /** Put `text` into the box, for the user to change or send. */
  fill(text: string): void {
    this.#box.value = text;
    this.#changed();
    this.#box.focus();
  }

  /** Draw what the link's state allows. */
  update(): void {
    const { status, conversation, sessionId } = this.#scene.link;
    if (sessionId !== this.#session) this.#enter(sessionId);
    const off = conversation.terminated || status === "gone";
    const nothing = this.#box.value.trim() === "" && !this.#files?.count;
    this.element.classList.toggle("off", off);
    this.#box.readOnly = this.#sending || conversation.terminated;
    this.#send.disabled = off || this.#sending || nothing;
    setText(this.#send, this.#sending ? this.#sendingWord(status) : STRINGS.send);
    const silent = this.#sending && status !== "connected" && status !== "connecting";
    setText(this.#waits, status === "gone" ? STRINGS.noKernel : STRINGS.waitsForKernel);
    show(this.#waits, silent);
    this.#stop.update(openTurn(conversation));
  }

  #sendingWord(status: LinkStatus): string {
    if (status !== "connected" && status !== "connecting") return STRINGS.waiting;
    const percent = Math.floor(this.#share * 100);
    return percent < 100 ? STRINGS.sendingPart(percent) : STRINGS.sending;
  }

  #prepare(signal: AbortSignal): void {
    const box = this.#box;
    box.rows = 1;
    box.name = "message";
    box.dir = "auto";
    box.placeholder = STRINGS.message;
    box.setAttribute("aria-label", STRINGS.message);
    box.title = STRINGS.composerHint;
    box.addEventListener("input", () => this.#changed(), { signal });
    box.addEventListener("keydown", (event) => this.#typed(event), { signal });
    box.addEventListener("blur", () => this.#completion?.close(), { signal });
    this.element.addEventListener("submit", (event) => event.preventDefault(), { signal });
    this.#line.setAttribute("role", "alert");
    this.#waits.setAttribute("role", "status");
    for (const part of [this.#line, this.#waits]) show(part, false);
  }

  /** Another session than before is shown: its draft is another one, too. */
  #enter(sessionId: string): void {
    this.#session = sessionId;
    this.panel.close();
    const draft = draftOf(sessionId);
    if (draft === this.#box.value) return;
    this.#box.value = draft;
    this.#fit();
  }

  #typed(event: KeyboardEvent): void {
    if (event.isComposing || this.#completion?.key(event)) return;
    const asked = this.#recall.after(event.key, this.#box);
    if (asked !== undefined) {
      event.preventDefault();
      this.#box.value = asked;
      this.#changed();
    } else if (sendsOnEnter(event)) {
      event.preventDefault();
      void this.#submit();
    }
  }

  #changed(): void {
    keepDraft(this.#session, this.#box.value);
    this.#fit();
    this.update();
    void this.#complete();
  }

  #fit(): void {
    const box = this.#box;
    box.style.height = "auto";
    const line = Number.parseFloat(getComputedStyle(box).lineHeight) || 20;
    box.style.height = `${Math.min(box.scrollHeight, MOST_LINES * line)}px`;
  }

  async #attach(files: readonly File[]): Promise<void> {
    const loaded = await extras(this.#scene, this.element);
    if (!loaded) this.#say(STRINGS.needsMore);
    else this.#files ??= this.#attachments(loaded);
    this.#files?.add(files);
  }

  #attachments(loaded: More): Attachments {
    const { signal } = this.#scene;
    const made = new loaded.Attachments(
      signal,
      () => this.update(),
      (text) => this.#say(text),
    );
    this.#chips.replaceWith(made.element);
    return made;
  }

  /** Offer the commands that begin like this; without the second file they still work as typed. */
  async #complete(): Promise<void> {
    const text = this.#box.value;
    if (!this.#completion && mayBeCommand(text)) {
      const loaded = await extras(this.#scene, this.element);
      if (!loaded || this.#scene.signal.aborted) return;
      this.#completion ??= new loaded.Completion(this.#scene, this.#box, (typed, now) => {
        this.fill(typed);
        if (now) void this.#submit();
      });
      this.#list.replaceChildren(this.#completion.element);
    }
    this.#completion?.update(this.#box.value);
  }

  async #submit(): Promise<void> {
    const content = this.#box.value;
    if (this.#send.disabled) return;
    this.#completion?.close();
    const typed = commandIn(content);
    this.#setSending(true);
    const problem = await (typed ? this.#command(typed) : this.#post(content));
    if (problem === "") this.#clear();
    this.#setSending(false);
    this.#say(problem);
    this.#fit();
  }

  #clear(): void {
    this.#box.value = "";
    this.#files?.clear();
    keepDraft(this.#session, "");
  }

  /** Post the message and its files; returns what went wrong. */
  async #post(content: string): Promise<string> {
    try {
      const files = this.#files;
      const message = files?.count ? await this.#withFiles(content, files) : { content };
      const { error } = await this.#scene.link.send({ type: "post", messages: [message] });
      return error ? STRINGS.notSent(error.message) : "";
    } catch (error) {
      return STRINGS.notSent(error instanceof Error ? error.message : String(error));
    }
  }

  async #withFiles(content: string, attached: Attachments): Promise<Data> {
    const files = await attached.upload(this.#scene.link, (share) => {
      this.#share = share;
      this.update();
    });
    return { content, files };
  }

  async #command(typed: Typed): Promise<string> {
    const loaded = await extras(this.#scene, this.element);
    if (!loaded) return STRINGS.needsMore;
    return await loaded.runCommand(typed, this.#scene, (name) =>
      this.panel.toggle(name, this.#box),
    );
  }

  #setSending(sending: boolean): void {
    this.#sending = sending;
    this.#share = 1;
    this.update();
  }

  #say(text: string): void {
    setText(this.#line, text);
    show(this.#line, text !== "");
  }
}
