/**
 * Say what the agent says to people who do not see it: each piece when it is whole, in batches.
 *
 * The visible log is silent, because it is drawn anew on a branch switch and grows by the letter. Its
 * one law: what was there when the view came, or comes back by a switch, is not read out.
 */

import { type Conversation, ended, type Turn } from "../core/index";
import { numberOf } from "./branches";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";

/** Milliseconds in which what is new is gathered. */
const BATCH = 600;
/** Characters of one piece; the rest is there to be read. */
const MOST = 600;

/** Reads one view's turns out. */
export class Voice {
  readonly #scene: Scene;
  readonly #said = new Set<string>();
  #from: number | undefined;
  #speaking: string | undefined;
  #pending: readonly string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
    scene.signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** Look at the last turn that is shown. */
  update(turn: Turn | undefined, conversation: Conversation): void {
    if (!turn || !this.#scene.link.held) return;
    const number = Number(numberOf(turn)) || 0;
    this.#from ??= ended(turn) ? highest(conversation) : number - 1;
    if (number <= this.#from && turn.id !== this.#speaking) return;
    if (turn.id !== this.#speaking) this.#said.clear();
    this.#speaking = turn.id;
    this.#from = Math.max(this.#from, number);
    for (const { id, kind, text, status } of turn.messages) {
      if (kind !== "text" || status === "open" || text === "" || this.#said.has(id)) continue;
      this.#said.add(id);
      this.#queue(plain(text));
    }
    const word = ended(turn) && turn.status !== "complete" ? STRINGS.turnStatus[turn.status] : "";
    if (!word || this.#said.has(word)) return;
    this.#said.add(word);
    this.#queue(word);
  }

  #queue(text: string): void {
    this.#pending = [...this.#pending, text];
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#scene.say(this.#pending.join("\n"));
      this.#pending = [];
    }, BATCH);
  }
}

function highest({ turns }: Conversation): number {
  return Math.max(0, ...[...turns.values()].map((turn) => Number(numberOf(turn)) || 0));
}

function plain(markdown: string): string {
  const text = markdown.replace(/[`*_#>|]+/g, "");
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}
