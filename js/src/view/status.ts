/**
 * The line that says how things stand: with the kernel, with the agent, with the queue.
 *
 * Its one law: it is honest about what cannot be known; a busy kernel and a restarted one look alike.
 */

import type { Conversation } from "../core/index";
import { openTurn, queued } from "../core/index";
import type { Link } from "../link/link";
import { copyButton } from "./copy";
import { element, setText, show } from "./element";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";
import { oneLine } from "./words";

type State = "connecting" | "ready" | "working" | "asking" | "away" | "busy" | "gone" | "ended";

/** The status line of a view. */
export class StatusLine {
  readonly element = element("div", "status-line");
  readonly #link: Link;
  readonly #agent = element("strong");
  readonly #text = element("span");
  readonly #queue = element("span", "dim");
  readonly #resume = element("span", "resume");
  readonly #line = element("code");

  constructor({ link, signal }: Scene) {
    this.#link = link;
    const copy = copyButton(() => link.resumeLine, signal);
    this.#resume.append(STRINGS.goneResume, " ", this.#line, copy);
    this.#text.setAttribute("role", "status");
    const dot = element("span", "dot");
    this.element.append(dot, this.#agent, this.#text, this.#queue, this.#resume);
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
