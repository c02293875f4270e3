/**
 * The last line of a turn: how it ended, how long it took, what it cost, what else was asked here.
 */

import type { Conversation, Turn, TurnStatus } from "../core/index";
import { dict, ended } from "../core/index";
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
  #turns = -1;

  constructor({ place }: Scene) {
    this.#place = place;
    this.element.append(this.#end, this.#branch);
  }

  update(turn: Turn, conversation: Conversation): void {
    setText(this.#end, ended(turn) ? endOf(turn) : "");
    if (conversation.turns.size !== this.#turns) {
      this.#turns = conversation.turns.size;
      setText(this.#branch, branchOf(turn, conversation, this.#place));
    }
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

/** Turns that follow the same turn are branches of one another. */
function branchOf(turn: Turn, { turns }: Conversation, place: Scene["place"]): string {
  const siblings = [...turns.values()].filter(({ after }) => after === turn.after);
  const first = siblings[0];
  if (!first || siblings.length < 2) return "";
  if (first.id !== turn.id) return STRINGS.branch(numberOf(first));
  const others = siblings.slice(1).map(numberOf);
  return place === "cell" ? STRINGS.alsoAsked(others.join(", ")) : "";
}

/** A turn's id is `<session>.<n>`. */
function numberOf({ id }: Turn): string {
  return id.slice(id.lastIndexOf(".") + 1);
}
