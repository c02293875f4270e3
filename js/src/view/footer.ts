/**
 * The last line of a turn: how it ended, how long it took, what it cost, and what can be made of it.
 */

import type { Conversation, Turn } from "../core/index";
import { dict, ended, text } from "../core/index";
import { askAgain } from "./asked";
import { branchesOf, numberOf } from "./branches";
import { copyButton } from "./copy";
import { button, element, setText, show } from "./element";
import { Reply } from "./reply";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";
import { Switcher } from "./switcher";
import { count, duration, money } from "./words";

/** The line below a turn. */
export class Footer {
  readonly element = element("div", "footer dim");
  readonly #scene: Scene;
  readonly #end = element("span");
  readonly #branch = element("span", "branch");
  readonly #switcher: Switcher;
  readonly #again: HTMLButtonElement;
  readonly #copy: HTMLButtonElement;
  readonly #reply: Reply;
  #turn: Turn | undefined;
  #turns = -1;
  #free = false;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#switcher = new Switcher(scene);
    this.#again = button("", "quiet", (event) => this.#askAgain(event), scene.signal);
    this.#again.dataset.act = "again";
    const reply = () => (this.#turn ? text(this.#turn) : "");
    this.#copy = copyButton(reply, scene.signal, STRINGS.copyReply);
    this.#reply = new Reply(scene, [this.#again], STRINGS.asking);
    const acts = element("span", "acts", this.#switcher.element, this.#copy, this.#again);
    this.element.append(this.#end, this.#branch, acts, this.#reply.line);
  }

  /** Draw what differs. `free`: nothing runs, so that a turn may be asked again. */
  update(turn: Turn, conversation: Conversation, free: boolean): void {
    const { size } = conversation.turns;
    if (turn === this.#turn && size === this.#turns && free === this.#free) return;
    this.#turn = turn;
    this.#turns = size;
    this.#free = free;
    const over = ended(turn);
    setText(this.#end, over ? endOf(turn) : "");
    this.#drawActs(turn, conversation, over);
    const shown = [this.#end, this.#branch].some((part) => part.textContent !== "");
    show(this.element, shown || over || !this.#switcher.element.hidden);
  }

  #drawActs(turn: Turn, conversation: Conversation, over: boolean): void {
    const inChat = this.#scene.place === "chat";
    setText(this.#branch, inChat ? "" : branchNote(turn, conversation));
    show(this.#branch, this.#branch.textContent !== "");
    if (inChat) this.#switcher.update(turn, conversation);
    else show(this.#switcher.element, false);
    setText(this.#again, turn.status === "complete" ? STRINGS.again : STRINGS.retry);
    // What failed is to be tried again; what went well need not be.
    this.#again.classList.toggle("quiet", turn.status === "complete");
    // Below its cell, running the cell again does it.
    show(this.#again, inChat && over && this.#free);
    show(this.#copy, inChat && over && text(turn) !== "");
  }

  #askAgain(event: Event): void {
    if (this.#turn) void this.#reply.send(askAgain(this.#turn), event);
  }
}

function endOf({ status, usage }: Turn): string {
  const { duration_ms, input_tokens, output_tokens, cost } = dict(usage);
  const tokens = Number(input_tokens ?? 0) + Number(output_tokens ?? 0);
  const parts = [
    status === "complete" ? "" : STRINGS.turnStatus[status],
    duration(duration_ms),
    tokens > 0 ? STRINGS.tokens(count(tokens)) : "",
    money(cost),
  ];
  return parts.filter(Boolean).join(" · ");
}

function branchNote(turn: Turn, { turns }: Conversation): string {
  const [first, ...others] = branchesOf(turn, turns);
  if (!first || others.length === 0) return "";
  if (first.id !== turn.id) return STRINGS.branch(numberOf(first));
  return STRINGS.alsoAsked(others.map(numberOf).join(", "));
}
