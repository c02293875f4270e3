/**
 * The last line of a turn: how it ended, how long it took, what it cost, what else was asked here.
 */

import type { Conversation, Turn, TurnStatus } from "../core/index";
import { dict, ended } from "../core/index";
import { branchesOf, numberOf } from "./branches";
import { element, setText, show } from "./element";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";
import { count, duration } from "./words";

/** The line below a turn. */
export class Footer {
  readonly element = element("div", "footer dim");
  readonly #end = element("span");
  readonly #branch = element("span", "branch");
  readonly #place: Scene["place"];
  #turn: Turn | undefined;
  #turns = -1;

  constructor({ place }: Scene) {
    this.#place = place;
    this.element.append(this.#end, this.#branch);
  }

  update(turn: Turn, conversation: Conversation): void {
    const { size } = conversation.turns;
    if (turn === this.#turn && size === this.#turns) return;
    if (turn !== this.#turn) setText(this.#end, ended(turn) ? endOf(turn) : "");
    if (size !== this.#turns) setText(this.#branch, branchNote(turn, conversation, this.#place));
    this.#turn = turn;
    this.#turns = size;
    show(this.#branch, this.#branch.textContent !== "");
    show(this.element, this.element.textContent !== "");
  }
}

function endOf({ status, usage }: Turn): string {
  const { duration_ms, input_tokens, output_tokens } = dict(usage);
  const tokens = Number(input_tokens ?? 0) + Number(output_tokens ?? 0);
  const parts = [
    status === "complete" ? "" : wordOf(status),
    duration(duration_ms),
    tokens > 0 ? STRINGS.tokens(count(tokens)) : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

function wordOf(status: TurnStatus): string {
  return STRINGS.turnStatus[status];
}

function branchNote(turn: Turn, { turns }: Conversation, place: Scene["place"]): string {
  const [first, ...others] = branchesOf(turn, turns);
  if (!first || others.length === 0) return "";
  if (first.id !== turn.id) return STRINGS.branch(numberOf(first));
  return place === "cell" ? STRINGS.alsoAsked(others.map(numberOf).join(", ")) : "";
}
