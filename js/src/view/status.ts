/**
 * The line that says how things stand: with the kernel, with the agent, with the queue.
 *
 * Its one law: it is honest about what cannot be known; a busy kernel and a restarted one look alike.
 */

import type { Conversation, Turn, Turns } from "../core/index";
import { openTurn, queued } from "../core/index";
import type { Link, LinkStatus } from "../link/link";
import { copyButton } from "./copy";
import { element, setText, show } from "./element";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";
import { count, money, oneLine } from "./words";

type State = Exclude<LinkStatus, "connected"> | "ready" | "working" | "asking" | "ended";

/** The status line of a view. */
export class StatusLine {
  readonly element = element("div", "status-line");
  readonly #link: Link;
  readonly #agent = element("strong");
  readonly #text = element("span");
  readonly #queue = element("span", "dim");
  readonly #sums = element("span", "sums");
  readonly #resume = element("span", "resume");
  readonly #line = element("code");

  constructor({ link, signal, place }: Scene) {
    this.#link = link;
    const copy = copyButton(() => link.resumeLine, signal);
    this.#resume.append(STRINGS.goneResume, " ", this.#line, copy);
    this.#text.setAttribute("role", "status");
    const dot = element("span", "dot");
    this.element.append(dot, this.#agent, this.#text, this.#queue, this.#sums);
    this.element.append(this.#resume);
    if (place === "cell") show(this.#sums, false);
  }

  /** Draw the status of the link and of its conversation. */
  update(): void {
    const state = stateOf(this.#link);
    const waits = queued(this.#link.conversation).length;
    this.element.dataset.state = state;
    setText(this.#agent, oneLine(this.#link.agentName, 60));
    setText(this.#text, WORDS[state]);
    setText(this.#queue, waits > 0 ? STRINGS.queuedNote(waits) : "");
    show(this.#queue, waits > 0 && state !== "gone");
    setText(this.#sums, sumsOf(this.#link));
    setText(this.#line, this.#link.resumeLine);
    show(this.#resume, state === "gone" && this.#link.resumeLine !== "");
  }
}

const WORDS: Readonly<Record<State, string>> = {
  connecting: STRINGS.connecting,
  ready: STRINGS.connected,
  working: STRINGS.working,
  asking: STRINGS.needsAnswer,
  away: STRINGS.away,
  busy: STRINGS.busy,
  reconnecting: STRINGS.reconnecting,
  gone: STRINGS.gone,
  ended: STRINGS.ended,
};

function stateOf({ status, conversation }: Link): State {
  if (status !== "connected") return status;
  return conversation.terminated ? "ended" : stateOfAgent(conversation);
}

function stateOfAgent(conversation: Conversation): State {
  const open = openTurn(conversation);
  if (!open) return "ready";
  return open.status === "awaiting_approval" ? "asking" : "working";
}

/** What all turns together took; what is not loaded yet is not counted, and `+` says so. */
function sumsOf({ conversation, more }: Link): string {
  const { turns } = conversation;
  if (turns.size === 0) return "";
  const known = sums.get(turns) ?? addedUp(turns);
  sums.set(turns, known);
  const { tokens, cost } = known;
  const words = [tokens > 0 ? STRINGS.tokens(count(tokens)) : "", money(cost)].filter(Boolean);
  return STRINGS.total(turns.size, words.join(" · ")) + (more ? "+" : "");
}

interface Sums {
  readonly tokens: number;
  readonly cost: number;
}

const sums = new WeakMap<object, Sums>();

function addedUp(turns: Turns<Turn>): Sums {
  let [tokens, cost] = [0, 0];
  for (const { usage } of turns.values()) {
    if (!usage) continue;
    tokens += numberIn(usage.input_tokens) + numberIn(usage.output_tokens);
    cost += numberIn(usage.cost);
  }
  return { tokens, cost };
}

function numberIn(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}
