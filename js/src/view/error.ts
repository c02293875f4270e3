/**
 * What went wrong, in the words of whoever says it, and what to do.
 */

import type { Message } from "../core/index";
import { dict, str } from "../core/index";
import { element, setText, show } from "./element";
import type { Part } from "./scene";
import { STRINGS } from "./strings";
import { oneLine } from "./words";

/** An error of the turn. */
export class ErrorPart implements Part {
  readonly element = element("div", "part error");
  readonly #line = element("div", "plain");
  readonly #again = element("div", "dim", STRINGS.tryAgain);

  constructor() {
    this.element.append(element("strong", "", STRINGS.failedTurn), this.#line, this.#again);
  }

  update({ data }: Message): void {
    setText(this.#line, str(data.error));
    show(this.#again, data.retryable === true);
  }
}

/** The note that somebody stopped the turn. */
export class CancelledPart implements Part {
  readonly element = element("div", "part note dim");

  update({ data }: Message): void {
    setText(this.element, STRINGS.stoppedBy(whoOf(data.by)));
  }
}

/** Who did something, from an event's `by`. */
export function whoOf(by: unknown): string {
  const { kind, name } = dict(by);
  const known: Readonly<Record<string, string>> = STRINGS.by;
  return oneLine(name, 60) || (Object.hasOwn(known, str(kind)) && known[str(kind)]) || "?";
}
